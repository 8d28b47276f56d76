"""What the system does not know, and which publications its figures come from."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from echelon.build.tables import read_table, sources_of
from echelon.build.us.work import Work

__all__ = ["tables"]

_ONLY = {True: "groups", False: "full"}


def tables(made: Mapping[str, pd.DataFrame], work: Work) -> dict[str, pd.DataFrame]:
    """Return limitations and sources."""
    listed = read_table("us_limitations")
    withheld = f"{float(str(work.suppressed['lost_share'])):.1f}"
    kept = listed[listed["detail"].isna() | (listed["detail"] == _ONLY[work.grouped])]
    limitations = kept.drop(columns="detail").assign(
        limitation=kept["limitation"].str.replace("{withheld}", withheld, regex=False)
    )
    if "real_value_added" in made["output"]:
        limitations = limitations[limitations["subject"] != "Real value added"]
    return {
        "sources": sources_of(made, "us_state_outlines"),
        "limitations": limitations.reset_index(drop=True),
    }
