"""What talent is associated with in growth, at home and next door, and the years to catch up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.measure.growth_panel import GrowthPanel, growth_panel
from echelon.methods.growth import CatchUp, catch_up
from echelon.methods.panel_regression import (
    Effects,
    Spatial,
    fixed_effects,
    has_spatial,
    inverse_distance,
    spatial_durbin,
)
from echelon.registry import unknown_name
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["multiplier"]

Array = NDArray[np.float64]
Form = Literal["level", "growth"]
_LEAST_REGIONS = 8
_FRONTIER = 0.9
_PAPERS = (
    "Driscoll, J. C., & Kraay, A. C. (1998). Consistent covariance matrix estimation with spatially "
    "dependent panel data. Review of Economics and Statistics 80(4), 549-560.",
    "Elhorst, J. P. (2003). Specification and estimation of spatial panel data models. "
    "International Regional Science Review 26(3), 244-268.",
    "LeSage, J., & Pace, R. K. (2009). Introduction to Spatial Econometrics. CRC Press.",
    "Mankiw, N. G., Romer, D., & Weil, D. N. (1992). A contribution to the empirics of economic "
    "growth. Quarterly Journal of Economics 107(2), 407-437.",
)


def multiplier(
    system: System,
    *,
    outcome: str | None = None,
    regressors: Sequence[str] | None = None,
    form: Form = "level",
    years: Sequence[int] | None = None,
    reference: str | None = None,
    neighbours: int | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Result:
    """Say what goes with more talent in output per person: an association, not a cause.

    ln y_rt = b x_rt + mu_r + tau_t + e_rt, with effects of regions alone (one-way) beside those of
    regions and years (two-way). With neighbours W: y = r W y + X b + W X q + mu + tau; its effects
    are direct (at home), indirect (in the other regions) and total; the multiplier is total over
    direct.

    Parameters
    ----------
    system : System
        With output or income per person, an ``indicator_tree`` and, for neighbours, ``ties``.
    outcome : str, optional
        A formula over the tables; by default output per person employed or per job.
    regressors : sequence of str, optional
        Indicators of the tree, series of ``indicators``, or formulas; by default one indicator of
        each dimension of talent and one of technology.
    form : {"level", "growth"}
        Whether the logarithm of the outcome is explained, or its growth into the next year (with
        the present level as a further regressor, whose negative sign means convergence).
    years : sequence of int, optional
        First and last year.
    reference : str, optional
        Region to catch up with; by default the one at the 90th percentile of the outcome.
    neighbours : int, optional
        So many nearest regions with equal weights; by default all, by inverse distance.
    draws : int
        Draws of the coefficients and of the pace, for the bands.
    seed : int

    Returns
    -------
    Result
        ``multiplier`` (item, one_way and two_way with 95 % bands and p; direct, indirect and total
        effects with 5-95 % bands, multiplier; the same with effects of regions alone), ``models``,
        ``catch_up`` (region, year, level, gap, pace, years with their band, verdict), ``panel``.
        Figures are changes of the logarithm of the outcome per unit of the regressor.

    Raises
    ------
    InsufficientData, InvalidArgument, MissingTable, UnknownName

    Notes
    -----
    Without the extra ``spatial`` or the table ``ties`` the columns on neighbours are absent.

    References
    ----------
    LeSage, J., & Pace, R. K. (2009). Introduction to Spatial Econometrics. CRC Press.
    """
    if draws < 100 or seed < 0:
        raise InvalidArgument(
            f"{draws} draws with the seed {seed} are no basis for a band",
            fix="Use 100 draws or more and a seed of 0 or more",
        )
    panel = growth_panel(system, outcome=outcome, regressors=regressors, years=years)
    explained, x = _in_form(panel, form)
    plain = {w: _named(explained, x, panel, two_way=w == "two_way") for w in ("one_way", "two_way")}
    spatial = _spatial(system, panel, explained, x, neighbours=neighbours, draws=draws, seed=seed)
    pace = _catch_up(panel, _reference(panel, reference), draws=draws, seed=seed)
    main = _effect_table(panel, plain, spatial, x)
    regions = system.table("regions")
    labels = dict(zip(regions["region"], regions["name"], strict=True))
    labels |= dict(zip(panel.items, panel.labels, strict=True))
    unit = "change of ln outcome per unit"
    return Result(
        name="measure.multiplier",
        system=system.name,
        frames={
            "multiplier": main,
            "models": _model_table(plain, spatial),
            "catch_up": pace,
            "panel": _panel_table(panel),
            "trace": _trace(panel, pace, plain["two_way"]),
        },
        note=note_of(
            system, *panel.tables, "indicator_tree", "ties", "regions",
            method="What goes with talent in growth: panel regressions with fixed effects, and of "
            "neighbours; an association, not a cause.",
            parameters={
                "outcome": panel.outcome_text, "regressors": panel.items, "form": form,
                "years": f"{panel.years[0]}-{panel.years[-1]}", "draws": draws,
                "reference": pace.attrs["reference"],
                "neighbours": "all, by inverse distance" if neighbours is None else neighbours,
            },
            steps=panel.steps, caveats=[*_caveats(panel), *panel.caveats], papers=_PAPERS, seed=seed,
        ),
        units={name: unit for name in main if name in _FIGURES} | {"years": "years"},
        labels=labels,
    )  # fmt: skip


_FIGURES = (
    "one_way", "two_way", "direct", "indirect", "total", "direct_one_way", "indirect_one_way",
    "total_one_way",
)  # fmt: skip


def _in_form(panel: GrowthPanel, form: Form) -> tuple[Array, Array]:
    """Return what is explained and the regressors; the growth form adds the present level."""
    log = np.log(panel.outcome)
    if form == "level":
        return log, panel.regressors
    if form != "growth":
        raise unknown_name("form", form, ("level", "growth"))
    together = np.flatnonzero(np.diff(panel.years) == 1)
    if len(together) < 2:
        raise InsufficientData(
            "Growth needs three consecutive years", fix="Use form='level', or add years"
        )
    panel.steps.append("Explained: growth of the outcome into the next year, in logarithms")
    panel.caveats.append(
        "With effects of regions and few years the coefficient of the level is biased downwards "
        "(Nickell 1981)."
    )
    growth = log[together + 1] - log[together]
    x = np.concatenate([panel.regressors[together], log[together][..., None]], axis=-1)
    panel.items.append("level")
    panel.labels.append(f"{panel.outcome_label}, logarithm")
    panel.units.append("logarithm")
    panel.evidence["level"] = panel.evidence["outcome"]
    return growth, x


def _named(explained: Array, x: Array, panel: GrowthPanel, *, two_way: bool) -> Effects:
    """Fit one panel; a fault of a regressor is said with its name."""
    try:
        return fixed_effects(explained, x, two_way=two_way)
    except InsufficientData as error:
        what = error.what
        for place, item in enumerate(panel.items):
            what = what.replace(f"The regressor {place} ", f"The regressor {item!r} ")
        raise InsufficientData(what, where=error.where, fix=error.fix) from error


def _distances(system: System, regions: list[str]) -> Array:
    ties = system.table("ties")
    wide = ties.pivot_table(index="region", columns="destination", values="distance")
    wide = wide.reindex(index=regions, columns=regions)
    both = wide.to_numpy(float)
    # A distance that is given in one direction holds in both.
    both = np.where(np.isnan(both), both.T, both)
    alone = [
        region
        for place, region in enumerate(regions)
        if np.isnan(np.delete(both[place], place)).all()
    ]
    if alone:
        shown = ", ".join(alone[:10])
        raise InsufficientData(
            f"{len(alone)} regions have no tie to any other: {shown}",
            where="table ties, column distance", fix="Add their distances to other regions",
        )  # fmt: skip
    return both


def _spatial(
    system: System, panel: GrowthPanel, explained: Array, x: Array, *, neighbours: int | None,
    draws: int, seed: int,
) -> dict[str, Spatial]:  # fmt: skip
    """Return the fits with neighbours, or say why there are none."""
    why = ""
    if "ties" not in system or "distance" not in system.relation("ties").columns:
        why = "the table ties has no distances"
    elif not has_spatial():
        why = "the extra spatial is not installed (pip install echelon[spatial])"
    known = ~(np.isnan(explained) | np.isnan(x).any(axis=-1))
    complete = np.asarray(known.all(axis=0))
    if not why and complete.sum() < _LEAST_REGIONS:
        why = (
            f"{int(complete.sum())} regions are complete in every year, fewer than {_LEAST_REGIONS}"
        )
    if why:
        panel.caveats.append(f"Effects on neighbours are absent: {why}.")
        return {}
    distance = _distances(system, panel.regions)[np.ix_(complete, complete)]
    weights = inverse_distance(distance, nearest=neighbours)
    left = [r for r, whole in zip(panel.regions, complete, strict=True) if not whole]
    if left:
        panel.caveats.append(
            f"Effects on neighbours leave out {', '.join(left)}, which lack a figure in some year."
        )
    found = {}
    for place, way in enumerate(("one_way", "two_way")):
        generator = np.random.default_rng(np.random.SeedSequence([seed, place]))
        found[way] = spatial_durbin(
            explained[:, complete], x[:, complete], weights, two_way=way == "two_way",
            draws=draws, generator=generator,
        )  # fmt: skip
        if abs(found[way].rho) > 0.95:
            panel.caveats.append(
                f"With effects of regions alone or both ({way.replace('_', '-')}) the outcome follows "
                f"that of the neighbours almost one to one (rho {found[way].rho:.2f}): its indirect "
                "effects are common movements, not spillovers."
            )
    panel.steps.append(
        "Neighbours: spatial Durbin panel by maximum likelihood (spreg), years as dummies that are "
        "not passed on; bands by simulation of the coefficients"
    )
    return found


def _effect_table(
    panel: GrowthPanel, plain: dict[str, Effects], spatial: dict[str, Spatial], x: Array
) -> pd.DataFrame:
    columns: dict[str, object] = {
        "item": panel.items, "label": panel.labels, "unit": panel.units,
        "standard_deviation": np.nanstd(x, axis=(0, 1)),
    }  # fmt: skip
    for way, fit in plain.items():
        columns |= {way: fit.coefficients, f"{way}_low": fit.low, f"{way}_high": fit.high,
                    f"{way}_p": fit.p}  # fmt: skip
    for way, found in sorted(spatial.items(), reverse=True):
        ending = "" if way == "two_way" else "_one_way"
        parts = {"direct": found.direct, "indirect": found.indirect, "total": found.total}
        for name, values in parts.items():
            for place, end in enumerate(("", "_low", "_high")):
                columns[f"{name}{ending}{end}"] = values[place]
        columns[f"multiplier{ending}"] = found.multiplier
    return pd.DataFrame(columns).astype({"item": "str", "label": "str", "unit": "str"})


def _model_table(plain: dict[str, Effects], spatial: dict[str, Spatial]) -> pd.DataFrame:
    rows: list[dict[str, object]] = [
        {"model": way.replace("_", "-"), "cells": fit.count, "r2_within": fit.r2_within,
         "standard_errors": fit.covariance}
        for way, fit in plain.items()
    ]  # fmt: skip
    rows += [
        {"model": f"neighbours, {way.replace('_', '-')}", "cells": plain[way].count,
         "rho": found.rho, "rho_low": found.rho_low, "rho_high": found.rho_high,
         "log_likelihood": found.log_likelihood, "standard_errors": "maximum likelihood"}
        for way, found in spatial.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"model": "str", "standard_errors": "str"})


def _reference(panel: GrowthPanel, given: str | None) -> int:
    """Return the place of the region to catch up with."""
    if given is not None:
        if given not in panel.regions:
            raise unknown_name("region", given, panel.regions)
        place = panel.regions.index(given)
        if np.isnan(panel.outcome[:, place]).any():
            raise InsufficientData(
                f"The outcome of the reference region {given!r} is unknown in some year",
                fix="Choose another region",
            )
        return place
    last = np.where(np.isnan(panel.outcome).any(axis=0), np.nan, panel.outcome[-1])
    edge = np.nanquantile(last, _FRONTIER, method="higher")
    return int(np.nanargmin(np.abs(last - edge)))


def _catch_up(panel: GrowthPanel, place: int, *, draws: int, seed: int) -> pd.DataFrame:
    """Return for each region its distance to the reference and the years to close it."""
    generator = np.random.default_rng(np.random.SeedSequence([seed, 7]))
    level, year = panel.outcome, panel.years[-1]
    if len(panel.years) < 3:
        panel.caveats.append("Two years give no pace, so the years to catch up are unknown.")
        unknown = np.full(level.shape[1], np.nan)
        found = CatchUp(*[unknown] * 7)
    else:
        found = catch_up(level, level[:, place], draws=draws, generator=generator)
    gap = 100 * (level[-1] / level[-1, place] - 1)
    words = [
        "the reference" if region == place else
        "unknown" if np.isnan(found.years[region]) else
        "level or ahead" if found.years[region] == 0 else
        "never at this pace" if np.isinf(found.years[region]) else
        "catches up" if np.isfinite(found.high[region]) else "catches up, not surely"
        for region in range(len(panel.regions))
    ]  # fmt: skip
    growth = 100 * np.diff(np.log(level), axis=0).mean(axis=0) / np.diff(panel.years).mean()
    table = pd.DataFrame(
        {
            "region": panel.regions, "year": year, "level": level[-1], "gap": gap,
            "growth": growth, "pace": 100 * found.pace, "pace_low": 100 * found.pace_low,
            "pace_high": 100 * found.pace_high, "years": found.years, "years_low": found.low,
            "years_high": found.high, "reached": 100 * found.reached, "verdict": words,
        }
    )  # fmt: skip
    table.attrs["reference"] = panel.regions[place]
    panel.steps.append(
        f"Years to catch up with {panel.regions[place]}: distance over the mean yearly difference in "
        f"growth of {panel.years[0]}-{panel.years[-1]}, band over its standard error"
    )
    return table.astype({"verdict": "str"})


def _panel_table(panel: GrowthPanel) -> pd.DataFrame:
    """Return the outcome and every regressor of each region and year, as they went in."""
    years, regions = np.meshgrid(panel.years, panel.regions, indexing="ij")
    frame = pd.DataFrame({"region": regions.ravel(), "year": years.ravel().astype(int)})
    frame["outcome"] = panel.outcome.ravel()
    for place in range(panel.regressors.shape[-1]):
        frame[panel.items[place]] = panel.regressors[..., place].ravel()
    return frame


def _trace(panel: GrowthPanel, pace: pd.DataFrame, fit: Effects) -> pd.DataFrame:
    """Return the tree behind each region's years to catch up: its pace, outcome and regressors."""
    cells = pace[["region", "year"]]
    reference = pace.attrs["reference"]
    rows = [
        trace_rows(cells, item="years", label=f"Years to catch up with {reference}",
                   value=pace["years"], unit="years", detail=pace["verdict"]),
        trace_rows(cells, item="gap", parent="years", label="Distance to the reference",
                   value=pace["gap"], unit="per cent"),
        trace_rows(cells, item="pace", parent="years", label="Growth a year beyond the reference's",
                   value=pace["pace"], unit="per cent"),
        trace_rows(cells, item="outcome", parent="gap", label=panel.outcome_label,
                   value=pace["level"], detail=panel.evidence["outcome"]),
    ]  # fmt: skip
    last = panel.regressors[-1]
    rows += [
        trace_rows(
            cells, item=panel.items[place], parent="outcome",
            label=f"Goes with it: {panel.labels[place]}",
            value=last[:, place], unit=panel.units[place], weight=fit.coefficients[place],
            detail=panel.evidence[panel.items[place]],
        )
        for place in range(last.shape[1])
    ]  # fmt: skip
    return trace_table(*rows)


def _caveats(panel: GrowthPanel) -> list[str]:
    return [
        "An association, not a cause: talent follows growth as growth follows talent, and what "
        "drives both is left out. No instrument is used.",
        "One-way and two-way effects may differ in sign: what moves all regions in a year stands in "
        "the one-way figures and not in the two-way ones.",
        f"{len(panel.regions)} regions and {len(panel.years)} years are a thin panel: read the band.",
        "Current prices: the effects of years take out the nation's inflation, not differences "
        "between regions.",
    ]
