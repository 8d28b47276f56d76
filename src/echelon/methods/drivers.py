"""Which drawn parameter an answer hangs on, from the draws that there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData

__all__ = ["first_order"]

Array = NDArray[np.float64]
_FEWEST = 60


def first_order(inputs: Array, answer: Array, *, seed: int) -> tuple[Array, Array]:
    """Return the share of the variance of an answer that each input explains by itself.

    First-order effects by random balance designs (RBD-FAST) with the correction of their bias, from
    any sample of independent inputs.

    Parameters
    ----------
    inputs : array (draws, inputs)
    answer : array (draws,)
    seed : int
        Of the resampling for the error.

    Returns
    -------
    share, margin : arrays (inputs,)
        Share of 1, and half the width of its 90 per cent band; an input that does not vary has 0.

    Raises
    ------
    InsufficientData
        With fewer than 60 draws, or an answer that does not vary.

    References
    ----------
    Tarantola, S., Gatelli, D., & Mara, T. (2006). Random balance designs for the estimation of first
    order global sensitivity indices. Reliability Engineering and System Safety 91(6), 717-727.
    """
    if len(answer) < _FEWEST:
        raise InsufficientData(
            f"{len(answer)} draws are too few to tell inputs apart", fix=f"Use {_FEWEST} or more"
        )
    if not np.ptp(answer) > 0:
        raise InsufficientData("The answer is the same in every draw", fix="Widen the ranges")
    from SALib.analyze import rbd_fast

    varies = np.ptp(inputs, axis=0) > 0
    used = inputs[:, varies]
    problem = {
        "num_vars": used.shape[1], "names": [str(i) for i in range(used.shape[1])],
        "bounds": np.stack([used.min(axis=0), used.max(axis=0)], axis=1).tolist(),
    }  # fmt: skip
    found = rbd_fast.analyze(problem, used, answer, conf_level=0.9, seed=seed)
    share, margin = np.zeros(len(varies)), np.zeros(len(varies))
    share[varies] = np.clip(np.asarray(found["S1"], dtype=float), 0.0, 1.0)
    margin[varies] = np.asarray(found["S1_conf"], dtype=float)
    return share, margin
