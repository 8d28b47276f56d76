"""What a user can do wrong in the tables, and what is said before and during the work."""

from __future__ import annotations

import pandas as pd
import pytest
from small_markets import small

from echelon import match
from echelon.cli import _arguments
from echelon.errors import InvalidArgument, UnknownName


@pytest.mark.parametrize("table", ["people", "posts"])
def test_an_unknown_level_of_education_is_named(table: str) -> None:
    system = small(1, 4, 3)
    frame = system.table(table)
    frame.loc[0, "education"] = "degre"
    wrong = system.with_(name="wrong", tables={table: frame})
    sentence = f"There is no level of education of a row of {table} named 'degre'"
    with pytest.raises(UnknownName, match=sentence) as error:
        match.optimal(wrong)
    assert "'degree'" in str(error.value)
    if table == "posts":
        match.optimal(wrong, screens=False)


def test_preferences_of_strangers_are_counted() -> None:
    system = small(1, 4, 3)
    wish = pd.DataFrame(
        {"person": ["p0", "p9", "p1"], "post": ["q0", "q1", "q8"], "rank": [1, 1, 1]}
    )
    result = match.stable(system.with_(name="strangers", tables={"preferences": wish}))
    assert (
        "2 rows of the table preferences name people or posts that are not there and have no part, "
        "the first post 'q8'." in result.note.caveats
    )


def test_rows_that_are_there_twice_are_named_with_table_and_key() -> None:
    system = small(1, 4, 3)
    for table in ("person_skills", "post_skills"):
        frame = system.table(table)
        twice = system.with_(name="twice", tables={table: pd.concat([frame, frame.tail(1)])})
        last = frame.iloc[-1]
        with pytest.raises(
            InvalidArgument, match=f"'{last.iloc[0]}' has the skill '{last['skill']}' twice"
        ) as error:
            match.optimal(twice)
        assert f"table {table}" in str(error.value)
    wish = pd.DataFrame({"person": ["p0", "p0"], "post": ["q0", "q0"], "rank": [1, 2]})
    with pytest.raises(
        InvalidArgument, match="The pair of p0 and q0 is twice in the table preferences"
    ):
        match.optimal(system.with_(name="twice", tables={"preferences": wish}))


@pytest.mark.parametrize("verb", [match.optimal, match.stable, match.merit])
def test_no_threads_are_refused(verb) -> None:
    with pytest.raises(InvalidArgument, match="threads"):
        verb(small(1, 4, 3), threads=0)


def test_a_large_problem_says_its_memory_and_progress_in_words(monkeypatch, capsys) -> None:
    import sys

    optimal = sys.modules["echelon.match.optimal"]
    monkeypatch.setattr(optimal, "_MANY_PAIRS", 10)
    given = _arguments(match.optimal, 0, [])
    match.optimal(small(1, 9, 4), **given)
    assert "9 people and 4 posts: about 0 MB of memory" in capsys.readouterr().err
    lines: list[str] = []
    problem = optimal.problem_of(small(1, 9, 4), optimal.Asked())
    told = optimal._teller(problem, lines.append)
    told(optimal.Progress(seconds=2.0, placed=7, waiting=2, bids=9, lists=3, gap=0.01))
    assert lines[-1] == "7 people placed, 2 seek, 2 s: within 1 per cent"
