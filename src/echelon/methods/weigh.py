"""Weights of indicators: equal, by the data, or by experts, and how uncertain they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from echelon.errors import InsufficientData, InvalidArgument
from echelon.registry import Registry

__all__ = ["WEIGHTINGS", "Weighting", "critic", "entropy", "equal", "noisy", "principal_components"]

Array = NDArray[np.float64]
Weighting = Literal["expert", "equal", "entropy", "critic", "principal_components"]


def equal(values: Array) -> Array:
    """Give every indicator the same weight."""
    n = values.shape[-1]
    return np.full(n, 1.0 / n)


def entropy(values: Array) -> Array:
    """Give more weight to indicators whose figures differ more between regions.

    p_ij = x_ij / sum_i x_ij; e_j = -(1 / ln m) sum_i p_ij ln p_ij with 0 ln 0 = 0;
    w_j = (1 - e_j) / sum_j (1 - e_j). Over a panel all years are pooled.

    Parameters
    ----------
    values : array (..., n)
        Figures that are not negative, indicators last.

    Notes
    -----
    It rewards dispersion, not importance: skewed counts can swallow the index.
    """
    pooled = _complete(values)
    if (pooled < 0).any():
        raise InvalidArgument(
            "Entropy weights need figures that are not negative", fix="Normalise them to 0-1 first"
        )
    total = pooled.sum(axis=0)
    if (total == 0).any():
        raise InsufficientData("An indicator is zero everywhere", fix="Leave it out")
    share = pooled / total
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    evenness = -(share * logs).sum(axis=0) / np.log(len(pooled))
    return _to_one(np.clip(1.0 - evenness, 0.0, None))


def critic(
    values: Array,
    *,
    correlation: Literal["pearson", "spearman"] = "pearson",
    scaled: bool = True,
) -> Array:
    """Give more weight to indicators that differ between regions and tell what others do not.

    w_j is proportional to sd_j sum_k (1 - r_jk), on min-max figures unless ``scaled`` is false.

    Parameters
    ----------
    values : array (..., n)
        Figures where more is better, indicators last.
    correlation : {"pearson", "spearman"}
    scaled : bool

    References
    ----------
    Diakoulaki, D., Mavrotas, G., & Papayannakis, L. (1995). Computers & Operations Research 22(7),
    763-770.
    """
    pooled = _complete(values)
    spread = np.ptp(pooled, axis=0)
    if (spread == 0).any():
        raise InsufficientData("An indicator has the same value everywhere", fix="Leave it out")
    if pooled.shape[1] == 1:
        return np.ones(1)
    figures = (pooled - pooled.min(axis=0)) / spread if scaled else pooled
    ranked = rankdata(figures, axis=0) if correlation == "spearman" else figures
    conflict = (1.0 - np.corrcoef(ranked, rowvar=False)).sum(axis=0)
    return _to_one(figures.std(axis=0, ddof=1) * conflict)


def principal_components(values: Array) -> Array:
    """Weigh by how much of the common variance an indicator carries (OECD handbook).

    Components of the correlation matrix with an eigenvalue of 1 or more are rotated (varimax); each
    indicator's squared loading on the component it loads on most, relative to that component, times
    the component's share of the variance.

    References
    ----------
    OECD & JRC (2008). Handbook on Constructing Composite Indicators, section 6.1.
    """
    pooled = _complete(values)
    if pooled.shape[1] == 1:
        return np.ones(1)
    if (np.ptp(pooled, axis=0) == 0).any():
        raise InsufficientData("An indicator has the same value everywhere", fix="Leave it out")
    eigenvalues, vectors = np.linalg.eigh(np.corrcoef(pooled, rowvar=False))
    kept = eigenvalues >= min(1.0, float(eigenvalues.max()))
    loadings = _varimax(vectors[:, kept] * np.sqrt(eigenvalues[kept]))
    squared = loadings**2
    variance = squared.sum(axis=0)
    relative = squared / variance
    most = relative.argmax(axis=1)
    rows = np.arange(len(most))
    return _to_one(relative[rows, most] * (variance / variance.sum())[most])


WEIGHTINGS: Registry[Callable[[Array], Array]] = Registry(
    "weighting",
    {
        "equal": equal,
        "entropy": entropy,
        "critic": critic,
        "principal_components": principal_components,
    },
)


def noisy(weights: Array, *, draws: int, spread: float, generator: np.random.Generator) -> Array:
    """Return weights that vary by a factor of 1 - spread to 1 + spread, each draw summing to 1.

    Parameters
    ----------
    weights : array (n,)
    draws : int
    spread : float
        For example 0.25: each weight is multiplied by a uniform draw from 0.75 to 1.25.
    generator : numpy Generator

    Returns
    -------
    array (draws, n)
    """
    factor = 1.0 + generator.uniform(-spread, spread, size=(draws, weights.size))
    drawn = weights * factor
    return drawn / drawn.sum(axis=1, keepdims=True)


def _complete(values: Array) -> Array:
    """Return rows without unknown figures."""
    pooled = values.reshape(-1, values.shape[-1])
    complete = pooled[~np.isnan(pooled).any(axis=1)]
    if len(complete) < 2:
        raise InsufficientData(
            "Fewer than two rows have every indicator, so the data give no weights",
            fix="Fill unknown figures by a named method, or use equal weights",
        )
    return complete


def _to_one(weights: Array) -> Array:
    total = weights.sum()
    return weights / total if total > 0 else np.full(weights.size, 1.0 / weights.size)


def _varimax(loadings: Array, *, iterations: int = 100) -> Array:
    """Rotate loadings so that each indicator loads on few components (Kaiser 1958)."""
    n, k = loadings.shape
    rotation = np.eye(k)
    for _ in range(iterations):
        rotated = loadings @ rotation
        target = rotated**3 - rotated * (rotated**2).sum(axis=0) / n
        left, _, right = np.linalg.svd(loadings.T @ target)
        following = left @ right
        if np.allclose(following, rotation, atol=1e-12):
            break
        rotation = following
    return np.asarray(loadings @ rotation)
