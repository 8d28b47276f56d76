"""The 31 provinces of China, from the statistical yearbooks as third parties compiled them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from echelon.build.tables import cited, publications, read_table
from echelon.sources import source

__all__ = ["tables"]

_NATION = "CN"
_FIRST_YEAR, _LAST_YEAR = 2010, 2023
_KEYS = ["region", "year"]
_NOT_KEYS = ("name", "classification")


def tables(folder: Path, *, detail: str, tell: Callable[[str], None]) -> dict[str, pd.DataFrame]:
    """Return every table of the system.

    Parameters
    ----------
    folder : Path
        The panel, its description, regions, distances, censuses and laboratories.
    detail : str
        Both details are the same: the yearbooks have no occupations.
    """
    del detail
    tell(f"reading {folder.name}")
    files: dict[str, pd.DataFrame] = source("nbs").read(folder)
    series = _Series(files)
    sectors, patents = read_table("china_sectors"), read_table("china_patents")
    made = {
        "regions": _regions(files["regions"]),
        "industries": sectors[["industry", "name", "classification"]],
        "technologies": patents[["technology", "name", "classification"]],
        "institutions": _institutions(files["laboratories"]),
        "ties": _ties(files["distances"]),
        "flows": _flows(files["migration"]),
        "technology": series.columns(patents, ["patents"]),
        "research": series.columns(
            read_table("china_research"), ["spend", "full_time_equivalent"]
        ).assign(performer="all"),
        "output": series.columns(sectors, ["value_added", "employment"]),
        "capital": series.columns(
            read_table("china_capital").rename(columns={"series": "amount"}), ["amount"]
        ),
    }
    made["indicators"] = series.others()
    made["indicator_tree"] = _sourced(read_table("china_indicator_tree"), series)
    made["conversion_measures"] = _sourced(read_table("china_conversion_measures"), series)
    made["limitations"] = read_table("china_limitations")
    made["sources"] = series.sources(made)
    return made


class _Series:
    """The series of the panel, by province and year, each with its publication and table."""

    def __init__(self, files: dict[str, pd.DataFrame]) -> None:
        panel = files["panel"]
        usable = panel["flag"].isna() & (panel["region"] != _NATION)
        years = panel["year"].between(_FIRST_YEAR, _LAST_YEAR)
        self.described = files["indicators"].set_index("indicator")
        printed = self.described.groupby("publication")["table"].rank(method="dense").astype(int)
        key = self.described["publication"] + "_" + printed.astype(str).str.zfill(2)
        self.key = key
        self.panel = panel[usable & years].assign(source=panel["indicator"].map(key))
        self.taken: set[str] = set()

    def columns(self, rules: pd.DataFrame, figures: list[str]) -> pd.DataFrame:
        """Return a table whose figures are named series: one block of rows per rule."""
        wide = self.panel.pivot_table(index=_KEYS, columns="indicator", values="value")
        parts = []
        for rule in rules.to_dict("records"):
            named = {figure: rule[figure] for figure in figures if not pd.isna(rule[figure])}
            labels = {str(k): v for k, v in rule.items() if k not in (*figures, *_NOT_KEYS)}
            block = wide[list(named.values())].set_axis(list(named), axis=1)
            block = block.dropna(how="all").reset_index()
            sources = ", ".join(sorted({self.key[name] for name in named.values()}))
            parts.append(block.assign(**labels, evidence="measured", source=sources))
            self.taken |= set(named.values())
        return pd.concat(parts, ignore_index=True)

    def others(self) -> pd.DataFrame:
        """Return the series that no table has taken, as indicators."""
        rows = self.panel[~self.panel["indicator"].isin(self.taken)]
        columns = ["region", "year", "indicator", "value", "unit", "evidence", "source"]
        order = ["indicator", "region", "year"]
        return rows[columns].sort_values(order, ignore_index=True)

    def sources(self, made: dict[str, pd.DataFrame]) -> pd.DataFrame:
        """Return each yearbook table that a figure comes from, and who compiled it."""
        known = publications()
        tables = self.described.assign(source_key=self.key).drop_duplicates("source_key")
        printed = tables.set_index("source_key")
        rows = []
        for key in sorted(cited(made)):
            of_table = printed.loc[key] if key in printed.index else None
            of = known[str(of_table["publication"]) if of_table is not None else key]
            compiler = f" Compiled in: {of_table['source']}." if of_table is not None else ""
            title = f"{of.title}: {of_table['table']}" if of_table is not None else of.title
            rows.append(
                {
                    "source": key,
                    "title": title,
                    "publisher": of.publisher,
                    "licence": of.licence,
                    "note": of.note + compiler,
                }
            )
        return pd.DataFrame(rows)


def _regions(listed: pd.DataFrame) -> pd.DataFrame:
    """Return the provinces with their capitals as places."""
    named = listed.rename(columns={"economic_region": "group"})
    columns = ["region", "name", "name_local", "group", "latitude", "longitude", "area"]
    return named[columns].assign(classification="ISO 3166-2")


def _ties(distances: pd.DataFrame) -> pd.DataFrame:
    apart = distances[distances["region"] != distances["destination"]]
    columns = ["region", "destination", "distance", "adjacent"]
    return apart[columns].assign(evidence="derived", source="cn_places").reset_index(drop=True)


def _flows(moves: pd.DataFrame) -> pd.DataFrame:
    """Return lifetime moves: people by province of birth and of residence."""
    apart = moves[moves["region"] != moves["destination"]]
    columns = ["region", "destination", "year", "people"]
    known = apart[columns].dropna(subset="people").reset_index(drop=True)
    return known.assign(evidence="derived", source="census_migration")


def _institutions(laboratories: pd.DataFrame) -> pd.DataFrame:
    """Return the state key laboratories under their names; a joint one stands once per partner."""
    number = (laboratories.groupby("kind").cumcount() + 1).astype(str).str.zfill(3)
    kind = laboratories["kind"].astype(str)
    code = "LAB-" + kind.str[:3].str.upper() + "-" + number
    listed = laboratories.assign(institution=code, kind="state key laboratory: " + kind)
    kept = listed[["institution", "name", "region", "kind"]].assign(source="most_laboratories")
    return kept.dropna(subset="region").reset_index(drop=True)


def _sourced(tree: pd.DataFrame, series: _Series) -> pd.DataFrame:
    """Return rules with the yearbook tables of the series in each formula."""
    names = [*series.described.index]
    columns = {
        "research.spend": "rd_expenditure",
        "research.full_time_equivalent": "rd_personnel_fte",
        "technology.patents": "patents_granted_invention",
    }

    def tables_of(formula: str) -> str | None:
        """Return the yearbook tables of the series that a formula names."""
        if not formula:
            return None
        words = formula.replace("(", " ").replace(")", " ").split()
        found = [name for name in names if name in words]
        found += [name for column, name in columns.items() if column in formula]
        return ", ".join(sorted({series.key[name] for name in found}))

    return tree.assign(source=tree["formula"].fillna("").map(tables_of))
