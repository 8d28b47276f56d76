"""The choices behind an index: which one is used, and which others are as defensible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from echelon.errors import InvalidArgument
from echelon.methods.aggregate import AGGREGATIONS, Aggregation
from echelon.methods.coupling import COUPLINGS, CouplingForm
from echelon.methods.weigh import WEIGHTINGS, Weighting
from echelon.registry import unknown_name

__all__ = [
    "FORM",
    "LABELS",
    "NOISE",
    "Choices",
    "Imputing",
    "Method",
    "Normalising",
    "Outliers",
    "told",
]

Normalising = Literal["minmax", "goalposts", "percentile", "zscore"]
Imputing = Literal["in_time", "group_mean", "none"]
Outliers = Literal["treated", "kept"]
Choices = Mapping[str, Sequence[str]]

# The weights vary by a share of themselves, so this factor has a size and no list of choices.
NOISE = "weights"
FORM = "form"
_DRAWN: dict[str, tuple[str, ...]] = {
    "weighting": ("expert", "entropy", "critic"),
    "normalisation": ("minmax", "percentile", "zscore"),
    "imputation": ("in_time", "group_mean", "none"),
    "outliers": ("treated", "kept"),
    "aggregation": ("arithmetic", "geometric"),
    FORM: ("wang", "standard", "fan"),
}
LABELS = {
    "weighting": "Rule of the weights",
    NOISE: "Size of the weights",
    "normalisation": "Scale of the indicators",
    "imputation": "Filling of gaps",
    "outliers": "Treatment of outliers",
    "aggregation": "Kind of mean",
    FORM: "Form of the coupling",
}


@dataclass(frozen=True)
class Method:
    """The choices behind an index, and how many draws tell how certain its ranks are.

    Parameters
    ----------
    normalisation, weighting, aggregation, imputation, outliers, form : str
        The choices of the figures themselves.
    draws, spread, seed : int, float, int
        Number of draws, share by which each weight varies, seed.
    choices : mapping of str to sequence of str, optional
        For a factor, the choices that the draws take; by default the usual ones and that of the
        figures themselves.
    coupled : bool
        Whether the form of the coupling is a factor too.
    """

    normalisation: Normalising = "minmax"
    weighting: Weighting = "expert"
    aggregation: Aggregation = "arithmetic"
    draws: int = 200
    spread: float = 0.25
    seed: int = 0
    imputation: Imputing = "in_time"
    outliers: Outliers = "treated"
    form: CouplingForm = "wang"
    choices: Choices | None = None
    coupled: bool = False

    def __post_init__(self) -> None:
        for factor, known in _known().items():
            chosen = getattr(self, factor)
            if chosen not in known:
                raise unknown_name(_kind(factor), chosen, known)
        if self.draws < 20:
            raise InvalidArgument(
                f"{self.draws} draws are too few for a 5-95 % band",
                fix="Use 20 or more, 200 by default",
            )
        if not 0 <= self.spread < 1:
            raise InvalidArgument(
                f"The spread {self.spread} is outside 0 to 1", fix="Use for example 0.25"
            )
        self._check_choices()

    def _check_choices(self) -> None:
        known = _known()
        factors = [factor for factor in known if factor != FORM or self.coupled]
        for factor, wanted in (self.choices or {}).items():
            if factor == NOISE:
                raise InvalidArgument(
                    f"The factor {NOISE!r} has a size, not choices",
                    fix="Set it with spread, for example spread=0.25",
                )
            if factor not in factors:
                raise unknown_name("factor", factor, factors)
            if not wanted:
                raise InvalidArgument(
                    f"The factor {factor!r} is left without a choice", fix="Name at least one"
                )
            for choice in _listed(wanted):
                if choice not in known[factor]:
                    raise unknown_name(_kind(factor), choice, known[factor])

    def nominal(self, factor: str) -> str:
        """Return the choice of the figures themselves."""
        return str(getattr(self, factor))

    @property
    def drawn(self) -> dict[str, tuple[str, ...]]:
        """The choices that the draws take, by factor."""
        given = self.choices or {}
        found = {}
        for factor, usual in _DRAWN.items():
            if factor == FORM and not self.coupled:
                continue
            chosen = self.nominal(factor)
            default = (chosen, *(choice for choice in usual if choice != chosen))
            found[factor] = tuple(dict.fromkeys(_listed(given.get(factor, default))))
        return found


def told(method: Method) -> str:
    """Return the choices that are drawn as words, for a note."""
    parts = [
        f"{LABELS[factor].lower()} ({', '.join(choices)})"
        for factor, choices in method.drawn.items()
        if len(choices) > 1
    ]
    if method.spread > 0:
        parts.append(f"{LABELS[NOISE].lower()} (each by up to {100 * method.spread:g} per cent)")
    held = [
        f"{LABELS[factor].lower()} ({choices[0]})"
        for factor, choices in method.drawn.items()
        if len(choices) == 1
    ]
    text = f"{'; '.join(parts)}, all varied together" if parts else "nothing varied"
    return text + (f"; held: {', '.join(held)}" if held else "")


def _known() -> dict[str, tuple[str, ...]]:
    """Return every choice that there is, by factor; weightings may be registered later."""
    return {
        "weighting": ("expert", *WEIGHTINGS),
        "normalisation": get_args(Normalising),
        "imputation": get_args(Imputing),
        "outliers": get_args(Outliers),
        "aggregation": tuple(AGGREGATIONS),
        FORM: tuple(COUPLINGS),
    }


def _listed(choices: Sequence[str]) -> Sequence[str]:
    return (choices,) if isinstance(choices, str) else choices


def _kind(factor: str) -> str:
    return "form of coupling" if factor == FORM else factor
