"""Population, money, research and patents of China's provinces, from the statistical yearbooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.sources.reading import cast, code, files_in, read_text_table

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

NBS = "National Bureau of Statistics of China"
COMPILED = "not stated by the compiler; cite the publication and its table"
THIRD_PARTY = "Compiled by third parties; check a figure in the publication before relying on it."

PUBLICATIONS: dict[str, Publication] = {
    key: Publication(key=key, title=title, publisher=publisher, licence=COMPILED, note=note)
    for key, title, publisher, note in (
        ("csy", "China Statistical Yearbook", NBS, THIRD_PARTY),
        (
            "csyst",
            "China Statistical Yearbook on Science and Technology",
            f"{NBS} and Ministry of Science and Technology",
            THIRD_PARTY,
        ),
        ("nbs_data", "National Data: annual figures by province", NBS, THIRD_PARTY),
        (
            "census_2010_2020",
            "Population censuses of China 2010 and 2020, by city",
            NBS,
            "Cities summed to provinces on the city boundaries of 2020; a province is left out "
            "where a city is missing.",
        ),
        (
            "sample_survey_2005",
            "One per cent population sample survey 2005",
            NBS,
            "Counts of the sample (about 1.325 per cent), not of the population.",
        ),
        (
            "census_migration",
            "Population censuses of China 2000 and 2010: people by province of birth and residence",
            NBS,
            "Estimates from samples (2000: 9.5 per cent, 2010: 10 per cent). The totals fit "
            "lifetime moves since birth, not moves of a year.",
        ),
        (
            "rd_bulletin_2024",
            "Bulletin on national expenditure for science and technology 2024",
            f"{NBS}, Ministry of Science and Technology, and Ministry of Finance",
            THIRD_PARTY,
        ),
        (
            "moe_institutions",
            "List of regular higher education institutions, 2017 and 2023",
            "Ministry of Education of China",
            "Counted by third parties from the lists.",
        ),
        (
            "campuses",
            "Campuses of higher education by municipality, 2005 to 2012",
            "Research data set",
            "Not the official count: 2,457 campuses in 2012 where the ministry lists 2,442.",
        ),
        (
            "most_laboratories",
            "Lists of state key laboratories, 2016, 2019 and 2020",
            "Ministry of Science and Technology of China",
            "Each kind of laboratory in one year only; a joint one stands once for each partner.",
        ),
        (
            "torch_enterprises",
            "Notices of recognised high-tech enterprises",
            "Torch High Technology Industry Development Center",
            "Recognised in the year; a title lasts three years, so the stock is three years' sum.",
        ),
        (
            "cn_places",
            "Provinces of China: codes, capitals, areas and distances",
            "Computed by a third party from coordinates",
            "Straight-line distances between capitals and between centres.",
        ),
    )
}

COLUMNS: dict[str, dict[str, str]] = {
    "regions": {
        "region": "str",
        "name": "str",
        "name_local": "str",
        "division_code": "str",
        "longitude": "float64",
        "latitude": "float64",
        "centre_longitude": "float64",
        "centre_latitude": "float64",
        "statistical_region": "str",
        "economic_region": "str",
        "area": "float64",
    },
    "panel": {
        "region": "str",
        "year": "Int64",
        "indicator": "str",
        "value": "float64",
        "unit": "str",
        "evidence": "str",
        "publication": "str",
        "source": "str",
        "flag": "str",
    },
    "indicators": {
        "indicator": "str",
        "name_local": "str",
        "unit": "str",
        "first_year": "Int64",
        "last_year": "Int64",
        "missing_years": "str",
        "regions_min": "Int64",
        "regions_max": "Int64",
        "rows": "Int64",
        "publication": "str",
        "table": "str",
        "source": "str",
        "note": "str",
        "flag": "str",
    },
    "distances": {
        "region": "str",
        "destination": "str",
        "distance": "float64",
        "centre_distance": "float64",
        "adjacent": "bool",
    },
    "migration": {
        "region": "str",
        "destination": "str",
        "year": "Int64",
        "sample": "Int64",
        "people": "float64",
    },
    "laboratories": {
        "year": "Int64",
        "kind": "str",
        "name": "str",
        "field": "str",
        "institution": "str",
        "administrator": "str",
        "region": "str",
        "first_year": "Int64",
    },
}

FILES = {
    "regions": "regions.csv",
    "panel": "panel.csv",
    "indicators": "indicators.csv",
    "distances": "distance.csv",
    "migration": "migration_census_2000_2010.csv",
    "laboratories": "state_key_laboratories.csv",
}
HEADERS = {
    "regions": {
        "iso": "region",
        "region": "name",
        "region_zh": "name_local",
        "adcode": "division_code",
        "capital_lon": "longitude",
        "capital_lat": "latitude",
        "centroid_lon": "centre_longitude",
        "centroid_lat": "centre_latitude",
        "statistical_region": "statistical_region",
        "nbs_region4": "economic_region",
        "land_area_km2": "area",
    },
    "panel": {
        "iso": "region",
        "year": "year",
        "indicator": "indicator",
        "unit": "unit",
        "value": "value",
        "source": "source",
    },
    "indicators": {
        "indicator": "indicator",
        "name_zh": "name_local",
        "unit": "unit",
        "first_year": "first_year",
        "last_year": "last_year",
        "missing_years": "missing_years",
        "regions_min": "regions_min",
        "regions_max": "regions_max",
        "rows": "rows",
        "sources": "source",
        "note": "note",
    },
    "distances": {
        "from_iso": "region",
        "to_iso": "destination",
        "capital_km": "distance",
        "centroid_km": "centre_distance",
        "adjacent": "adjacent",
    },
    "migration": {
        "origin_iso": "region",
        "dest_iso": "destination",
        "census_year": "year",
        "sample_count": "sample",
        "persons_estimate": "people",
    },
    "laboratories": {
        "year": "year",
        "type": "kind",
        "name": "name",
        "area": "field",
        "institution": "institution",
        "administrator": "administrator",
        "iso": "region",
        "start_year": "first_year",
    },
}
PROVINCE = "CN-[A-Z]{2}"
LABORATORY_KINDS = {
    "SKL": "university or institute",
    "FSKL": "enterprise",
    "PSKL": "joint with the province",
}
# The first text that a printed source contains says which publication it was compiled from.
PRINTED_SOURCES = {
    "techme HitechFirmsPub": "torch_enterprises",
    "techme PubSKLMost": "most_laboratories",
    "China Statistical Yearbook on Science and Technology": "csyst",
    "national S&T funding bulletin": "rd_bulletin_2024",
    "MOE list": "moe_institutions",
    "census_city_2010-2020": "census_2010_2020",
    "MSG::ChinaPop": "sample_survey_2005",
    "china_univ_by_municipality": "campuses",
    "(NBS": "nbs_data",
    "Statistical Yearbook": "csy",
}


def read(path: Path | str, *, exclude_flagged: bool = True) -> dict[str, pd.DataFrame]:
    """Read the provinces of China, their yearbook figures, and how far and where people moved.

    Which figures can be used is stated one by one in ``tables/nbs_indicators.csv``: a figure is
    flagged when its series is a count of a sample or of a research data set, or when its year was
    chained, extrapolated, cast back or counted under another definition.

    Parameters
    ----------
    path : Path or str
        The folder, of which the files that are there are read, or one file.
    exclude_flagged : bool
        Leave flagged figures out of ``panel``; otherwise they stay, with the reason in ``flag``.

    Returns
    -------
    dict of str to DataFrame
        Those of these tables whose file is given:

        ``regions``: region (ISO 3166-2), name, name_local (Chinese), division_code (GB/T 2260),
        longitude and latitude of the capital and centre_longitude and centre_latitude (degrees),
        statistical_region (6), economic_region (4), area (km2).
        ``panel``: region (``CN`` is the nation as printed), year, indicator, value, unit (base
        units: people and yuan, not ten thousands or hundred millions), evidence, publication
        (key), source (as the compiler printed it), flag.
        ``indicators``: indicator, name_local, unit (as printed), first_year, last_year,
        missing_years, regions_min and regions_max (provinces in a year), rows, publication, table
        (of the publication), source, note (breaks and caveats), flag.
        ``distances``: region, destination, distance between capitals and centre_distance between
        centres (km), adjacent; a province to itself is 0.
        ``migration``: region (of origin), destination, year (of the census), sample (people
        counted), people (estimate for the population); lifetime moves.
        ``laboratories``: year (of the list), kind, name, field, institution and administrator (all
        in Chinese), region, first_year.

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken or of another format, or the panel holds an indicator or a unit
        that ``tables/nbs_indicators.csv`` does not describe.
    """
    tables = {table: _table(file, table) for table, file in files_in(path, FILES).items()}
    if "panel" in tables and exclude_flagged:
        usable = tables["panel"]["flag"].isna()
        tables["panel"] = tables["panel"][usable].reset_index(drop=True)
    return tables


def _table(file: Path, table: str) -> pd.DataFrame:
    frame = read_text_table(file, columns=HEADERS[table])
    for column in ("region", "destination"):
        if column in frame:
            wanted = "CN|" + PROVINCE if table == "panel" else PROVINCE
            frame[column] = code(frame[column], pattern=wanted, file=file)
    prepare = PREPARE.get(table)
    if prepare is not None:
        frame = prepare(frame, file)
    typed = cast(frame, COLUMNS[table], file=file)
    if table == "panel":
        typed["value"] = typed["value"] * _rules().loc[typed["indicator"], "multiplier"].to_numpy()
    return typed


def _panel(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Restate the unit, and add evidence, publication and flag."""
    rules = _described(frame, file)
    other_unit = frame["unit"] != rules["printed_unit"]
    if other_unit.any():
        row = frame.index[other_unit][0]
        raise _fault(
            file,
            f"{frame['unit'][row]!r} is not the unit of {frame['indicator'][row]!r}, which is "
            f"printed in {rules['printed_unit'][row]!r}",
            f"row {row}, column unit",
        )
    year = pd.to_numeric(frame["year"], errors="coerce")
    outside = (year < rules["first_year"]) | (year > rules["last_year"])
    return frame.assign(
        unit=rules["unit"],
        evidence=rules["evidence"],
        publication=_publication(frame["source"], file),
        flag=rules["reason"].where((rules["include"] == "no") | outside, ""),
    )


def _indicators(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Add the publication, its table, and why some or all years are flagged."""
    rules = _described(frame, file)
    return frame.assign(
        publication=rules["publication"], table=rules["table"], flag=rules["reason"]
    )


def _distances(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    return frame.assign(adjacent=code(frame["adjacent"], pattern="[01]", file=file) == "1")


def _laboratories(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    kind = code(frame["kind"], pattern="|".join(LABORATORY_KINDS), file=file)
    return frame.assign(kind=kind.map(LABORATORY_KINDS))


PREPARE: dict[str, Callable[[pd.DataFrame, Path], pd.DataFrame]] = {
    "panel": _panel,
    "indicators": _indicators,
    "distances": _distances,
    "laboratories": _laboratories,
}


def _rules() -> pd.DataFrame:
    """Return what may be used of each indicator, and in which unit."""
    rules = pd.read_csv(Path(__file__).parent / "tables" / "nbs_indicators.csv", index_col=0)
    return rules.fillna({"reason": ""})


def _described(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Return the rule of each row's indicator, on the rows of the frame."""
    rules = _rules()
    unknown = frame.index[~frame["indicator"].isin(rules.index)]
    if len(unknown):
        raise _fault(
            file,
            f"The indicator {frame['indicator'][unknown[0]]!r} is not described",
            f"row {unknown[0]}, column indicator",
        )
    return rules.loc[frame["indicator"]].set_axis(frame.index)


def _publication(printed: pd.Series[str], file: Path) -> pd.Series[str]:
    """Name the publication that each printed source was compiled from."""
    keys = {
        text: next((key for part, key in PRINTED_SOURCES.items() if part in text), "")
        for text in printed.unique()
    }
    found = printed.map(keys)
    if (found == "").any():
        row = printed.index[found == ""][0]
        raise _fault(file, f"The source {printed[row]!r} names no known publication", f"row {row}")
    return found


def _fault(file: Path, what: str, where: str) -> UnreadableInput:
    return UnreadableInput(
        what,
        where=f"{file.name}, {where}",
        fix="Check that this is the file that was meant, or describe it in nbs_indicators.csv",
    )
