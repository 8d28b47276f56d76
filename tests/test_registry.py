"""Names that stand for things, and the sentence a user reads when one is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import EchelonError, InvalidArgument, UnknownName
from echelon.registry import Registry, did_you_mean, unknown_name

NAMES = st.lists(st.text(alphabet="abcdef", min_size=3, max_size=8), min_size=1, unique=True)


@settings(deadline=None)
@given(NAMES, st.data())
def test_a_known_name_is_its_own_nearest(names, data):
    name = data.draw(st.sampled_from(names))
    assert did_you_mean(name, names) == name
    assert did_you_mean(name.upper(), names) == name


@settings(deadline=None)
@given(NAMES, st.text(max_size=8))
def test_a_suggestion_is_a_known_name(names, wrong):
    assert did_you_mean(wrong, names) in {None, *names}


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("minmaks", "minmax"), ("ZScore", "zscore"), ("qqqq", None), ("", None)]
)
def test_suggestions(wrong, nearest):
    assert did_you_mean(wrong, ["minmax", "zscore", "rank"]) == nearest


@pytest.mark.parametrize(
    ("name", "known", "fix"),
    [
        ("minmaks", ["minmax", "rank"], "Did you mean 'minmax'?"),
        ("other", ["zebra", "ant"], "Choose one of: ant, zebra"),
        ("other", [], "No method is known here"),
    ],
)
def test_the_error_says_what_to_do(name, known, fix):
    error = unknown_name("method", name, known)
    assert isinstance(error, UnknownName)
    assert error.what == f"There is no method named {name!r}"
    assert error.fix == fix


def test_a_registry_is_a_mapping():
    registry = Registry("letter", {"a": 1})
    assert registry.add("b", 2) == 2
    assert dict(registry) == {"a": 1, "b": 2}
    assert list(registry) == ["a", "b"]
    assert len(registry) == 2
    assert "b" in registry
    assert "c" not in registry
    assert registry["a"] == 1


def test_a_registry_does_not_share_the_mapping_it_was_made_from():
    first = {"a": 1}
    Registry("letter", first).add("b", 2)
    assert first == {"a": 1}


def test_a_name_is_registered_once():
    registry = Registry("letter", {"a": 1})
    with pytest.raises(InvalidArgument) as caught:
        registry.add("a", 2)
    assert str(caught.value) == "The letter 'a' is registered already. Choose another name."
    assert registry["a"] == 1


def test_an_unknown_name_is_refused_without_a_trace_of_the_lookup():
    with pytest.raises(UnknownName) as caught:
        Registry("letter", {"alpha": 1})["alhpa"]
    assert caught.value.what == "There is no letter named 'alhpa'"
    assert caught.value.__suppress_context__


def test_get_gives_the_default_for_an_unknown_name():
    assert Registry("letter", {"a": 1}).get("b", 7) == 7


@pytest.mark.parametrize(
    ("where", "fix", "sentence"),
    [
        (None, None, "It is wrong."),
        ("row 3", None, "It is wrong (row 3)."),
        (None, "Mend it.", "It is wrong. Mend it."),
        ("row 3", "Mend it", "It is wrong (row 3). Mend it."),
    ],
)
def test_an_error_is_a_sentence(where, fix, sentence):
    error = EchelonError("It is wrong.", where=where, fix=fix)
    assert str(error) == sentence
    assert (error.where, error.fix) == (where, fix)


def test_a_question_ends_with_its_own_mark():
    assert str(unknown_name("letter", "alhpa", ["alpha"])).endswith("Did you mean 'alpha'?")
