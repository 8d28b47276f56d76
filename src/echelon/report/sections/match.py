"""The sections on matching people to posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.certificate import OptimalityCertificate
from echelon.report.blocks import Block, Cell, Column, Context, Table, band_text, figure, from_frame
from echelon.report.chapter import Chapter, KeyFigure, band_cell, number_cell, region_cell

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]

_FEW = 10


def _drawn(result: Result) -> bool:
    return any("were drawn (seed" in step for step in result.note.steps)


def _kind(result: Result) -> str:
    return "drawn from cells, derived" if _drawn(result) else "in the records"


def _coded(result: Result, code: object) -> Cell:
    return Cell(result.labels.get(str(code), str(code)))


def _optimal(context: Context, result: Result) -> list[Block]:
    frame = result.table("regions")
    regions = Table(
        "People and seats of each region at the optimum",
        [Column("Region"), Column("People", "number"), Column("Matched, %", "number"),
         Column("5–95 %", "number"), Column("In another region, %", "number"),
         Column("Seats", "number"), Column("Taken", "number"), Column("Price of a seat", "number"),
         Column("Worth of one more person", "number")],
        [
            [region_cell(context, row["region"]), number_cell(row["people"]),
             number_cell(row["matched_share"]), band_cell(row, "matched_share", (0, 100)),
             number_cell(row["outside_share"]), number_cell(row["seats"]),
             number_cell(row["filled"]), number_cell(row["price"]), number_cell(row["gain"])]
            for _, row in frame.iterrows()
        ],
        note="Price: between what one more seat and what the last one is worth to the whole, in "
        "scores. Band: people who were drawn as a sample (Wilson); the same as the share where records "
        "were counted.",
    )  # fmt: skip
    return [regions, _occupations(result), _skills(result), _congestion(context, result),
            _examples(context, result)]  # fmt: skip


def _occupations(result: Result) -> Table:
    frame = result.table("occupations")
    return Table(
        "Scarcity by occupation of the post",
        [Column("Occupation"), Column("Seats", "number"), Column("Taken", "number"),
         Column("First choices a seat", "number"), Column("Price of a seat", "number"),
         Column("5–95 % of posts", "number")],
        [
            [_coded(result, row["occupation"]), number_cell(row["seats"]), number_cell(row["filled"]),
             number_cell(row["per_seat"]), number_cell(row["price"]),
             Cell(band_text(row["price_low"], row["price_high"]), row["price_low"])]
            for _, row in frame[frame["seats"] > 0].iterrows()
        ],
        folded=len(frame) > _FEW,
    )  # fmt: skip


def _skills(result: Result) -> Table:
    frame = result.table("skills").head(20)
    return Table(
        "Skills that would open most posts",
        [Column("Skill"), Column("People it would help", "number"),
         Column("Seats it opens to each", "number"), Column("Seats that require it", "number"),
         Column("Part of their price", "number"), Column("Score lost for want of it", "number")],
        [
            [_coded(result, row["skill"]), number_cell(row["would_gain"]), number_cell(row["opens"]),
             number_cell(row["seats"]), number_cell(row["price"]), number_cell(row["lost"])]
            for _, row in frame.iterrows()
        ],
        note="A skill helps a person when, held at the level required and all else the same, it would "
        "win a better post at today's prices.",
    )  # fmt: skip


def _congestion(context: Context, result: Result) -> Table:
    frame = result.table("congestion").head(20)
    return Table(
        "Where people would crowd if each were sent to the best post",
        [Column("Post"), Column("Region"), Column("Occupation"), Column("Seats", "number"),
         Column("First choices", "number"), Column("Price", "number")],
        [
            [Cell(str(row["post"])), region_cell(context, row["region"]),
             _coded(result, row["occupation"]), number_cell(row["seats"]),
             number_cell(row["first_choices"]), number_cell(row["price"])]
            for _, row in frame.iterrows()
        ],
        folded=True,
    )  # fmt: skip


def _examples(context: Context, result: Result) -> Table:
    frame = result.table()
    rows = [
        [Cell(str(row["person"])), Cell(str(row["post"])), region_cell(context, row["home"]),
         region_cell(context, row["region"]), _coded(result, row["held"]),
         _coded(result, row["occupation"]), *(number_cell(row[c]) for c in _PARTS)]
        for _, row in frame.head(50).iterrows()
    ]  # fmt: skip
    return Table(
        "Who goes where, and why",
        [Column("Person"), Column("Post"), Column("From"), Column("To"), Column("Held"),
         Column("Post of"), *(Column(c.capitalize(), "number") for c in _PARTS)],
        rows, folded=True,
        note=f"The first {len(rows)} of {len(frame):,}; the table assignment has all. The parts add up "
        "to the score.",
    )  # fmt: skip


_PARTS = ("skills", "affinity", "relocation", "wage", "bonus", "preference", "score", "price")


def _optimal_headline(_context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table("regions")
    proof = result.certificate
    gap = (
        f"; proven within {figure(100 * proof.gap, 2)} % of the best of all matchings"
        if isinstance(proof, OptimalityCertificate)
        else ""
    )
    matched, people = int(frame["matched"].sum()), int(frame["people"].sum())
    return [
        KeyFigure("People matched", f"{figure(matched)} of {figure(people)}", _kind(result) + gap)
    ]


def _optimal_brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Tell of each region its people, its seats, how scarce they are and which skill would help."""
    opened = result.table("unlocks")
    found = {}
    for _, row in result.table("regions").iterrows():
        people, seats = int(row["people"]), int(row["seats"])
        said = [
            f"The region has {people} people who look for work and {seats} seats ({_kind(result)})."
        ]
        if people:
            band = ""
            if row["matched_share_low"] < row["matched_share_high"]:
                band = f" (band {band_text(row['matched_share_low'], row['matched_share_high'])})"
            said.append(
                f"At the optimum {figure(row['matched_share'])} per cent{band} of them have a post, "
                f"{int(row['outside'])} in another region."
            )
        if seats:
            said.append(
                f"{int(row['filled'])} seats are taken, {int(row['from_outside'])} by people from "
                f"elsewhere; the price of a seat is {figure(row['price'])} of a score on average."
            )
        own = opened[opened["region"] == row["region"]]["skill"].value_counts()
        if len(own):
            said.append(
                f"The skill that would most often open a better post to its people is "
                f"{result.labels.get(str(own.index[0]), own.index[0])} ({own.iloc[0]} people)."
            )
        if _drawn(result) and people < _FEW:
            said.append("So few people were drawn that the figures only show the direction.")
        found[str(row["region"])] = said
    return found


def _mechanisms(_context: Context, result: Result) -> list[Block]:
    frame = result.table()
    columns = (
        ("value", "Total score"), ("matched_share", "Matched, %"), ("mean_rank", "Mean rank"),
        ("first_choice_share", "First choice, %"), ("rank_gini", "Gini of ranks"),
        ("blocking_pairs", "Blocking pairs"), ("envious_people", "People with justified envy"),
        ("outside_share", "In another region, %"),
    )  # fmt: skip
    rows = [
        [Cell(str(row["label"])),
         *(Cell(_with_band(row, name), None if pd.isna(row[name]) else float(row[name]))
           for name, _ in columns),
         Cell(band_text(row["cost_low"], row["cost_high"]), float(row["cost_low"])),
         Cell("yes" if row["strategy_proof"] else "no")]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    table = Table(
        "The mechanisms on the same people and posts",
        [Column("Mechanism"), *(Column(title, "number") for _, title in columns),
         Column("Score lost", "number"), Column("Pays to be honest")],
        rows,
        note="In parentheses the least and largest figure over the lotteries between equals. Score lost: "
        "proven bounds against the optimum; for the stable matching it is the price of stability.",
    )  # fmt: skip
    ranks = result.table("ranks")
    first = ranks[ranks["rank"] <= _FEW].pivot_table(
        index="mechanism", columns="rank", values="people", fill_value=0, sort=False
    )
    spread = Table(
        "People by the place in their list of what they got",
        [Column("Mechanism"), *(Column(f"Choice {rank}", "number") for rank in first.columns)],
        [[_coded(result, name), *(number_cell(v) for v in row)]
         for name, row in zip(first.index, first.to_numpy(), strict=True)],
        folded=True,
    )  # fmt: skip
    return [table, spread]


def _with_band(row: pd.Series, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    text = figure(row[name])
    return text if low == high or pd.isna(low) else f"{text} ({band_text(low, high)})"


def _screens(context: Context, result: Result) -> list[Block]:
    frame = result.table()
    names = {"with": "With degree screens", "without": "Without", "cost": "Cost of the screens"}
    rows = [
        [Cell(names[str(row["screens"])]), number_cell(row["value"], 6),
         Cell(band_text(row["low"], row["high"], 6), float(row["low"])), number_cell(row["matched"]),
         number_cell(row["barred"])]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    whole = Table(
        "The best matching with degree screens and without",
        [Column("Way"), Column("Total score", "number"), Column("Proven bounds", "number"),
         Column("People matched", "number"), Column("Pairs barred, %", "number")],
        rows,
        note="The last row is the difference: whatever the best matchings are, the cost of the screens "
        "lies within its bounds.",
    )  # fmt: skip
    names_of = {**context.names, **result.labels}
    return [whole,
            from_frame(result.table("education"), "By level of education", names=names_of),
            from_frame(result.table("regions"), "By region", names=names_of, folded=True)]  # fmt: skip


def _screens_headline(_context: Context, result: Result) -> list[KeyFigure]:
    cost = result.table().set_index("screens").loc["cost"]
    return [
        KeyFigure(
            "Cost of degree screens", f"{figure(cost['share'], 2)} %",
            f"of the best total score: between {figure(cost['low'])} and {figure(cost['high'])}, "
            f"proven; people {_kind(result)}",
        )
    ]  # fmt: skip


def _together(context: Context, result: Result) -> list[Block]:
    names = {
        "alone": "Every region alone",
        "together": "All together",
        "gain": "Worth of coordination",
    }
    rows = [
        [Cell(names[str(row["way"])]), number_cell(row["value"], 6),
         Cell(band_text(row["low"], row["high"], 6), float(row["low"])), number_cell(row["matched"])]
        for _, row in result.table().iterrows()
    ]  # fmt: skip
    whole = Table(
        "Alone against together",
        [Column("Way"), Column("Total score", "number"), Column("Proven bounds", "number"),
         Column("People matched", "number")],
        rows,
    )  # fmt: skip
    frame = result.table("regions")
    regions = Table(
        "Each region alone and together",
        [Column("Region"), Column("People", "number"), Column("Seats", "number"),
         Column("Alone", "number"), Column("At most alone", "number"), Column("Together", "number"),
         Column("Seats taken alone", "number"), Column("Seats taken together", "number")],
        [
            [region_cell(context, row["region"]), *(number_cell(row[c]) for c in (
                "people", "seats", "alone", "alone_bound", "together", "filled_alone",
                "filled_together"))]
            for _, row in frame.iterrows()
        ],
        folded=True,
    )  # fmt: skip
    return [whole, regions]


def _together_headline(_context: Context, result: Result) -> list[KeyFigure]:
    gain = result.table().set_index("way").loc["gain"]
    return [
        KeyFigure(
            "Worth of matching across regions", f"{figure(gain['share'], 2)} %",
            f"more than each region alone: between {figure(gain['low'])} and {figure(gain['high'])} of "
            f"score, proven; people {_kind(result)}",
        )
    ]  # fmt: skip


def _together_brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Tell what each region reaches alone, with its proven bound, and together."""
    found = {}
    for _, row in result.table("regions").iterrows():
        if not row["people"]:
            continue
        found[str(row["region"])] = [
            f"Alone, its people reach a total score of {figure(row['alone'])} and cannot exceed "
            f"{figure(row['alone_bound'])} (proven); in the matching of all regions they reach "
            f"{figure(row['together'])} ({_kind(result)}).",
            f"Seats taken: {int(row['filled_alone'])} alone, {int(row['filled_together'])} together, of "
            f"{int(row['seats'])}.",
        ]
    return found


def _groups(_context: Context, result: Result) -> list[Block]:
    return [
        from_frame(result.table(), "What groups get", units=result.units),
        from_frame(result.table("gaps"), "Gaps between groups", units=result.units),
        from_frame(result.table("cost"), "What the bonus costs", units=result.units),
    ]


_VALUE = "Σ capacity × price + Σ max(0, best score − price) ≥ every matching, for any prices ≥ 0"

CHAPTERS = {
    "match.optimal": Chapter(
        "People to posts",
        "Who would go where if the total score were the largest: skills covered, nearness of "
        "occupations, moves and wages, among all pairs. Prices say where seats are scarce.",
        _optimal, _VALUE, headline=_optimal_headline, brief=_optimal_brief,
    ),
    "match.mechanisms": Chapter(
        "The rules of matching compared",
        "What each rule gives on the same people and posts: a large total is not the same as a matching "
        "that nobody has reason to leave.",
        _mechanisms,
    ),
    "match.screens": Chapter(
        "Skills against credentials",
        "What it costs that posts insist on a level of education, beyond the skills they require.",
        _screens, "V without − B with ≤ cost ≤ B without − V with", headline=_screens_headline,
    ),
    "match.together": Chapter(
        "Alone against together",
        "What regions gain by filling their posts together instead of each with its own people.",
        _together, "V together − B alone ≤ gain ≤ B together − V alone",
        headline=_together_headline, brief=_together_brief,
    ),
    "match.groups": Chapter(
        "Gaps between groups",
        "What the groups in the records get when the score does not look at the group, and when the "
        "group that gets least has a bonus. No person is classified.",
        _groups,
    ),
}  # fmt: skip
