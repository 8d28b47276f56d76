"""Occupations as the official files have them, at full detail or in groups, and how codes agree."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from echelon.build.tables import read_table
from echelon.build.us.official import Official

__all__ = ["Work"]


class Work:
    """The occupations of the survey of May 2023 and the figures that several tables need.

    Parameters
    ----------
    files : Official
    grouped : bool
        Whether the system has groups of occupations (minor groups of SOC 2018) or all of them.
    """

    def __init__(self, files: Official, *, grouped: bool) -> None:
        self.files, self.grouped = files, grouped

    @cached_property
    def titles(self) -> pd.DataFrame:
        """Every occupation and group (index), its name, its level in the hierarchy and parent."""
        listed = pd.concat([self.files.jobs, self.files.sector_jobs], ignore_index=True)
        listed = listed[listed["group"].isin(["major", "minor", "detailed"])]
        unique = listed.sort_values("group").drop_duplicates("occupation", keep="first")
        named = unique.set_index("occupation")[["title", "group"]].sort_index()
        minor = self._minor_by_prefix(named)
        prefix = pd.Series(named.index.str[:4], index=named.index)
        major = pd.Series(named.index.str[:2] + "-0000", index=named.index)
        parent = prefix.map(minor).where(named["group"] == "detailed", major)
        return named.assign(parent=parent.where(named["group"] != "major"))

    @staticmethod
    def _minor_by_prefix(named: pd.DataFrame) -> dict[str, str]:
        minor = named.index[named["group"] == "minor"]
        return {code[:4]: code for code in minor}

    @cached_property
    def detailed(self) -> pd.Index:
        """Codes of the detailed occupations."""
        return self.titles.index[self.titles["group"] == "detailed"]

    @cached_property
    def jobs(self) -> pd.Series:
        """National jobs by detailed occupation.

        Sums over sectors and over states each lack what is withheld there: the larger is nearer.
        """
        sums = [
            frame[frame["group"] == "detailed"].groupby("occupation")["employment"].sum()
            for frame in (self.files.sector_jobs, self.files.jobs)
        ]
        both = pd.concat(sums, axis=1).reindex(self.detailed)
        return both.max(axis=1).fillna(0).astype(float)

    def code(self, codes: pd.Series) -> pd.Series:
        """Return the detailed occupation of the survey for SOC or O*NET codes; NaN for none.

        The survey joins a few occupations: 31-1121 and 31-1122 are its 31-1120, and those of the
        table ``us_joined_occupations`` have codes of their own.
        """
        listed = read_table("us_joined_occupations").set_index("occupation")["joined"]
        short = codes.str[:7]
        joined = short.map(listed).fillna(short.str[:6] + "0")
        found = short.where(short.isin(self.detailed), joined)
        return found.where(found.isin(self.detailed))

    def shown(self, occupations: pd.Series) -> pd.Series:
        """Return the occupation of the system for detailed occupations: itself or its group."""
        return occupations.map(self.titles["parent"]) if self.grouped else occupations

    @cached_property
    def projected(self) -> pd.DataFrame:
        """National projections by detailed occupation, by growth rates and yearly rates.

        An occupation that is not projected on its own has the rates of its minor group.
        """
        listed = self.files.projections["projections"]
        lines = listed[listed["type"] == "line item"]
        lines = lines.assign(occupation=self.code(lines["occupation"])).dropna(subset="occupation")
        percentile = _percentile(lines)
        weighted = lines.assign(
            transfers_weighted=lines["transfer_rate"] * lines["employment_base"],
            exits_weighted=lines["exit_rate"] * lines["employment_base"],
            percentile=percentile * lines["employment_base"],
            with_wage=lines["employment_base"].where(percentile.notna()),
        )
        sums = weighted.groupby("occupation")[
            [
                "employment_base",
                "employment_target",
                "openings",
                "transfers_weighted",
                "exits_weighted",
                "percentile",
                "with_wage",
            ]
        ].sum()
        groups = listed[listed["type"] == "summary"].set_index("occupation")
        stand_in = groups.assign(
            transfers_weighted=groups["transfer_rate"] * groups["employment_base"],
            exits_weighted=groups["exit_rate"] * groups["employment_base"],
            percentile=np.nan,
            with_wage=np.nan,
        ).reindex(self.titles["parent"].reindex(self.detailed))[sums.columns]
        own = sums.reindex(self.detailed)
        filled = own.where(own["employment_base"] > 0, stand_in.set_axis(self.detailed)).astype(
            float
        )
        base = filled["employment_base"]
        return pd.DataFrame(
            {
                "growth": filled["employment_target"] / base,
                "openings_rate": filled["openings"] / base,
                "transfer_rate": filled["transfers_weighted"] / base / 100,
                "exit_rate": filled["exits_weighted"] / base / 100,
                "wage_percentile": filled["percentile"] / filled["with_wage"].replace(0, np.nan),
            }
        )

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Jobs by region and detailed occupation, the withheld ones filled.

        Within each region and major group the absent occupations share what is missing to the
        published total of the group, in proportion to their jobs in the region a year later, or
        else to its share of their national jobs. Columns: region, occupation, headcount, wage, rse,
        filled (whether it was absent).
        """
        published = self.files.jobs
        detail = published[published["group"] == "detailed"]
        regions = sorted(published["region"].unique())
        grid = pd.MultiIndex.from_product([regions, self.detailed], names=["region", "occupation"])
        figures = detail.set_index(["region", "occupation"])[
            ["employment", "wage_median", "employment_rse"]
        ]
        cells = figures.reindex(grid).astype(float).reset_index()
        cells["major"] = cells["occupation"].str[:2] + "-0000"
        cells["filled"] = cells["employment"].isna()
        weight = self._later(grid).where(cells["filled"], 0.0)
        by = [cells["region"], cells["major"]]
        known = cells["employment"].fillna(0).groupby(by).transform("sum")
        missing = (cells.merge(self._majors, how="left")["total"] - known).clip(lower=0)
        whole = weight.groupby(by).transform("sum")
        share = (weight / whole.where(whole > 0)).fillna(0.0)
        cells["headcount"] = cells["employment"].fillna((missing * share).round(1))
        cells = cells.rename(columns={"wage_median": "wage", "employment_rse": "rse"})
        kept = ["region", "occupation", "headcount", "wage", "rse", "filled"]
        return cells[kept]

    def _later(self, grid: pd.MultiIndex) -> pd.Series:
        """Return jobs by region and occupation in May 2024; where absent, from national jobs."""
        later = self.files.jobs_later.set_index(["region", "occupation"])["employment"]
        published = self.files.jobs
        whole = published[published["group"] == "total"].set_index("region")["employment"]
        share = (whole / whole.sum()).reindex(grid.get_level_values("region")).to_numpy(float)
        usual = share * self.jobs.reindex(grid.get_level_values("occupation")).to_numpy(float)
        known = later[~later.index.duplicated()].reindex(grid).to_numpy(float, na_value=np.nan)
        return pd.Series(np.where(np.isnan(known), usual, known))

    @cached_property
    def _majors(self) -> pd.DataFrame:
        """Jobs by region and major group; withheld groups share the rest of the region's total."""
        published = self.files.jobs
        table = published[published["group"] == "major"].pivot_table(
            index="region", columns="occupation", values="employment"
        )
        whole = published[published["group"] == "total"].set_index("region")["employment"]
        national = table.sum()
        missing = (whole.reindex(table.index) - table.sum(axis=1)).clip(lower=0)
        share = table.isna() * national
        share = share.div(share.sum(axis=1).replace(0, np.nan), axis=0)
        filled = table.fillna(share.mul(missing, axis=0)).fillna(0.0)
        long = filled.rename_axis(columns="major").reset_index()
        return long.melt(id_vars="region", var_name="major", value_name="total")

    @cached_property
    def suppressed(self) -> dict[str, object]:
        """What the file lacks of detailed occupations, as a row of ``crosswalk_losses``."""
        published = self.files.jobs
        total = float(published.loc[published["group"] == "total", "employment"].sum())
        detail = published[published["group"] == "detailed"]
        carried = float(detail["employment"].sum())
        method = (
            "filled so that each state and major group reaches its published total"
            if self.grouped
            else "as published; nothing was estimated in workers"
        )
        return {
            "crosswalk": "OEWS May 2023: state totals to published detailed occupations",
            "total": total,
            "carried": carried,
            "lost": total - carried,
            "lost_share": 100 * (total - carried) / total,
            "unit": "jobs",
            "codes_lost": "absent from the file, mostly occupations without a median wage",
            "method": method,
        }


def _percentile(lines: pd.DataFrame) -> pd.Series:
    """Return where each occupation stands among all jobs ordered by median wage, 0 to 100."""
    wage = lines["wage_median"].mask(lines["wage_top_coded"], np.inf)
    jobs = lines["employment_base"].astype(float).where(wage.notna(), 0.0)
    by_wage = jobs.groupby(wage).sum()
    below = by_wage.cumsum() - by_wage / 2
    return wage.map(100 * below / by_wage.sum())
