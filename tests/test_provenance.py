"""The note of how a result was made."""

from __future__ import annotations

import json
import re
from importlib import metadata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon.provenance import EVIDENCE, Note, Publication, TableUse, code_digest, version

WORDS = st.text(max_size=12)
USES = st.builds(
    TableUse,
    rows=st.integers(0, 10**9),
    digest=WORDS,
    evidence=st.dictionaries(st.sampled_from(EVIDENCE), st.integers(0, 10**6)),
    sources=st.lists(WORDS, max_size=3).map(tuple),
)
NOTES = st.builds(
    Note,
    method=WORDS,
    parameters=st.dictionaries(WORDS, st.integers() | WORDS | st.booleans() | st.none()),
    tables=st.dictionaries(WORDS, USES, max_size=3),
    steps=st.lists(WORDS, max_size=3).map(tuple),
    caveats=st.lists(WORDS, max_size=3).map(tuple),
    papers=st.lists(WORDS, max_size=3).map(tuple),
    seed=st.none() | st.integers(),
    assumed_share=st.none() | st.floats(0, 1),
)


@settings(deadline=None)
@given(NOTES)
def test_a_note_survives_json(note):
    record = json.loads(json.dumps(note.as_dict()))
    assert Note.from_dict(record) == note


@settings(deadline=None)
@given(NOTES)
def test_every_step_and_caveat_is_printed(note):
    text = str(note)
    for step in note.steps:
        assert f"Step: {step}" in text
    for caveat in note.caveats:
        assert f"Caveat: {caveat}" in text
    assert text.endswith(f"Echelon {note.version}")


def test_the_printed_note():
    note = Note(
        "A mean.",
        parameters={"draws": 20},
        tables={
            "workers": TableUse(12345, "ab", {"measured": 12000, "assumed": 345, "derived": 0})
        },
        steps=("Filled x",),
        caveats=("Relative",),
        papers=("A paper",),
        seed=3,
        version="9.9",
    )
    assert str(note).splitlines() == [
        "A mean.",
        "Parameters: draws = 20",
        "Table workers: 12,345 rows (12,000 measured, 345 assumed)",
        "Step: Filled x",
        "Caveat: Relative",
        "Reference: A paper",
        "Seed: 3",
        "Echelon 9.9",
    ]


def test_a_note_from_an_older_record_has_no_steps():
    note = Note.from_dict({"method": "A mean.", "version": "0.0"})
    assert (note.steps, note.caveats, note.papers, dict(note.tables)) == ((), (), (), {})


def test_a_note_carries_the_version_that_made_it():
    assert Note("A mean.").version == version() == metadata.version("echelon")
    assert echelon.__version__ == version()


def test_the_digest_of_the_code_is_one_sha_256():
    assert re.fullmatch("[0-9a-f]{64}", code_digest())
    assert code_digest() == code_digest.__wrapped__()


def test_evidence_has_three_kinds():
    assert EVIDENCE == ("measured", "derived", "assumed")


def test_records_cannot_be_changed():
    for record in (Publication("k", "t", "p", "l"), TableUse(1, "ab"), Note("A mean.")):
        with pytest.raises(AttributeError):
            record.note = "other"  # type: ignore[misc]
