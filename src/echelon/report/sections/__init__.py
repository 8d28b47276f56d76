"""The sections of the report, one per verb; a verb without its own gets a general one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echelon.registry import Registry
from echelon.report.blocks import Block, Context, from_frame
from echelon.report.chapter import Chapter
from echelon.report.sections import (
    accounts,
    chains,
    contradictions,
    coordination,
    credentials,
    demand,
    emerging,
    feedback,
    formation,
    growth,
    index,
    match,
    mismatch,
    plan,
    portfolio,
    profiles,
    sensitivity,
    shortage,
    simulate,
    sites,
    sourcing,
    specialisation,
)

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["SECTIONS", "chapter_of", "in_order"]

# In the order of the report.
SECTIONS: Registry[Chapter] = Registry(
    "section",
    {
        **coordination.CHAPTERS,
        **index.CHAPTERS,
        **sensitivity.CHAPTERS,
        **chains.CHAPTERS,
        **specialisation.CHAPTERS,
        **formation.CHAPTERS,
        **growth.CHAPTERS,
        **shortage.CHAPTERS,
        **mismatch.CHAPTERS,
        **credentials.CHAPTERS,
        **sourcing.CHAPTERS,
        **accounts.CHAPTERS,
        **contradictions.CHAPTERS,
        **demand.CHAPTERS,
        **emerging.CHAPTERS,
        **plan.CHAPTERS,
        **simulate.CHAPTERS,
        **feedback.CHAPTERS,
        **match.CHAPTERS,
        **sites.CHAPTERS,
        **profiles.CHAPTERS,
        **portfolio.CHAPTERS,
    },
)


def chapter_of(verb: str) -> Chapter:
    """Return how a verb is told; a verb without a chapter of its own gets the general one."""
    if verb in SECTIONS:
        return SECTIONS[verb]
    words = verb.split(".")[-1].replace("_", " ").capitalize()
    return Chapter(words, f"The main table of {verb}, as computed.", _general)


def in_order(context: Context) -> list[tuple[str, Result]]:
    """Return the results in the order of the report: known verbs first, then the others."""
    known = [verb for verb in SECTIONS if verb in context.results]
    others = [verb for verb in context.results if verb not in SECTIONS]
    return [(verb, context.results[verb]) for verb in [*known, *others]]


def _general(context: Context, result: Result) -> list[Block]:
    main = result.tables[0]
    names = {**context.names, **result.labels}
    return [from_frame(result.table(main), f"{main} of {result.name}", names=names,
                       units=result.units)]  # fmt: skip
