"""Tiers of talent by rules: a proxy, because no classification has them."""

from __future__ import annotations

import pandas as pd

__all__ = ["assign_tiers"]


def assign_tiers(occupations: pd.DataFrame, rules: pd.DataFrame) -> pd.Series:
    """Return the tier of each occupation: that of the first rule that it meets.

    Parameters
    ----------
    occupations : DataFrame
        Columns occupation (code), job_zone (1 to 5) and wage_percentile (0 to 100).
    rules : DataFrame
        The table ``tier_rules``: an empty condition is always met; a condition on an unknown figure
        never is.

    Returns
    -------
    Series
        By the index of ``occupations``; empty where no rule is met.
    """
    tier = pd.Series(None, index=occupations.index, dtype="object")
    for rule in rules.sort_values("rule").to_dict("records"):
        met = tier.isna()
        if not pd.isna(rule["occupation_prefix"]):
            met &= occupations["occupation"].str.startswith(str(rule["occupation_prefix"]))
        if not pd.isna(rule["job_zone_minimum"]):
            met &= occupations["job_zone"].ge(rule["job_zone_minimum"])
        if not pd.isna(rule["job_zone_maximum"]):
            met &= occupations["job_zone"].le(rule["job_zone_maximum"])
        if not pd.isna(rule["wage_percentile_minimum"]):
            met &= occupations["wage_percentile"].ge(rule["wage_percentile_minimum"])
        tier[met.fillna(False).astype(bool)] = rule["tier"]
    return tier
