"""The tree of an index: its shape, its weights, its scores, and trees that cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from strategies import figures

from echelon.errors import InvalidArgument, UnknownName
from echelon.methods.aggregate import arithmetic, geometric
from echelon.methods.tree import Tree

ITEMS = ("top", "a", "b", "a1", "a2", "b1")
PARENTS = (None, "top", "top", "a", "a", "b")


def small(weights=(np.nan,) * 6):
    return Tree(ITEMS, PARENTS, weights)


@st.composite
def trees(draw):
    """Draw a tree by hanging each new item below an earlier one."""
    count = draw(st.integers(2, 12))
    parents = [None] + [f"i{draw(st.integers(0, place - 1))}" for place in range(1, count)]
    weights = draw(st.lists(figures(0.1, 5.0) | st.just(np.nan), min_size=count, max_size=count))
    order = draw(st.permutations(range(count)))
    return Tree(
        [f"i{place}" for place in order],
        [parents[place] for place in order],
        [weights[place] for place in order],
    )


@given(trees())
def test_weights_sum_to_1_in_every_group_and_over_all_indicators(tree):
    for group in tree.groups:
        assert sum(tree.within[child] for child in tree.children(group)) == pytest.approx(
            1, abs=1e-12
        )
    assert sum(tree.effective[leaf] for leaf in tree.leaves) == pytest.approx(1, abs=1e-12)
    assert set(tree.effective) == set(tree.items)


@given(trees())
def test_every_item_is_an_indicator_or_a_group(tree):
    assert sorted([*tree.leaves, *tree.groups]) == sorted(tree.items)
    assert sorted(tree.below(tree.top)) == sorted(tree.items)
    assert tuple(tree.leaves_below(tree.top)) == tree.leaves
    place = {group: i for i, group in enumerate(tree.groups)}
    for group in tree.groups:
        for child in tree.children(group):
            assert place.get(child, -1) < place[group]


@given(trees(), st.data())
def test_the_score_at_the_top_is_the_weighted_mean_of_the_indicators(tree, data):
    shape = (4, len(tree.leaves))
    values = data.draw(arrays_of.arrays(float, shape, elements=figures(0.0, 100.0)))
    scores = tree.scores(values, arithmetic)
    effective = np.array([tree.effective[leaf] for leaf in tree.leaves])
    np.testing.assert_allclose(scores[tree.top], values @ effective, atol=1e-9)


@given(trees(), figures(1.0, 100.0))
def test_equal_indicators_give_that_score_everywhere(tree, level):
    scores = tree.scores(np.full(len(tree.leaves), level), geometric)
    assert sorted(scores) == sorted(tree.items)
    np.testing.assert_allclose(list(scores.values()), level, rtol=1e-9)


@given(trees(), st.data())
def test_a_tree_without_some_indicators_is_still_a_tree(tree, data):
    leaves = data.draw(st.lists(st.sampled_from(tree.leaves), unique=True))
    if len(leaves) == len(tree.leaves):
        with pytest.raises(InvalidArgument, match=r"No indicator of the tree is left"):
            tree.without(leaves)
        return
    rest = tree.without(leaves)
    assert rest.leaves == tuple(leaf for leaf in tree.leaves if leaf not in leaves)
    assert rest.top == tree.top


def test_the_small_tree():
    tree = small()
    assert tree.top == "top"
    assert tree.leaves == ("a1", "a2", "b1")
    assert tree.groups == ("b", "a", "top")
    assert tree.children("a") == ["a1", "a2"]
    assert tree.leaves_below("a") == ["a1", "a2"]
    assert tree.effective == {"top": 1, "a": 0.5, "b": 0.5, "a1": 0.25, "a2": 0.25, "b1": 0.5}


def test_a_weight_left_open_is_the_mean_of_the_others():
    tree = small((np.nan, 1, 3, np.nan, 2, np.nan))
    assert tree.within == {"top": 1, "a": 0.25, "b": 0.75, "a1": 0.5, "a2": 0.5, "b1": 1}


def test_scores_by_hand():
    tree = small((np.nan, 1, 3, 1, 3, 1))
    scores = tree.scores(np.array([[10.0, 20.0, 40.0], [10.0, np.nan, 40.0]]), arithmetic)
    np.testing.assert_allclose(scores["a"], [17.5, 10])
    np.testing.assert_allclose(scores["top"], [0.25 * 17.5 + 30, 0.25 * 10 + 30])


def test_weights_can_be_given_for_a_group_and_for_each_draw():
    tree = small()
    values = np.array([10.0, 20.0, 40.0])
    scores = tree.scores(values, arithmetic, weights={"a": [1.0, 0.0]})
    assert scores["a"] == 10
    drawn = tree.scores(values[None], arithmetic, weights={"a": np.array([[[1.0, 0]], [[0, 1.0]]])})
    np.testing.assert_array_equal(drawn["a"], [[10], [20]])
    np.testing.assert_array_equal(drawn["top"], [[25], [30]])


def test_a_group_that_becomes_empty_goes_too():
    rest = small().without(["b1"])
    assert rest.items == ("top", "a", "a1", "a2")
    assert rest.effective["a"] == 1


@pytest.mark.parametrize(
    ("items", "parents", "weights", "sentence"),
    [
        (["t", "a", "a"], [None, "t", "t"], [1, 1, 1], "The item 'a' is in the tree twice. Keep"),
        (
            ["t", "s"],
            [None, None],
            [1, 1],
            r"The tree has 2 items without a parent \(t, s\). Leave",
        ),
        (["t", "s"], ["s", "t"], [1, 1], "The tree has 0 items without a parent"),
        (["t", "a"], [None, "t"], [1, -1], "The weight of 'a' is negative. Give 0 or more"),
        (["t", "a", "b"], [None, "b", "a"], [1, 1, 1], "The tree runs in a circle at 'a'. Correct"),
        (["t", "a"], [None, "a"], [1, 1], "The tree runs in a circle at 'a'. Correct the parents"),
    ],
)
def test_trees_that_cannot_be(items, parents, weights, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        Tree(items, parents, weights)


def test_an_unknown_parent_gets_a_suggestion():
    with pytest.raises(UnknownName) as caught:
        Tree(["talent", "level"], [None, "talnet"], [1, 1])
    assert caught.value.what == "There is no parent in the tree named 'talnet'"
    assert caught.value.fix == "Did you mean 'talent'?"


def test_a_group_whose_weights_are_all_0_is_named():
    with pytest.raises(InvalidArgument, match=r"All weights in the group 'a' are 0. Give one of"):
        _ = small((1, 1, 1, 0, 0, 1)).within


def test_figures_that_do_not_fit_the_tree_are_refused():
    with pytest.raises(InvalidArgument, match=r"The tree has 3 indicators, the figures 2"):
        small().scores(np.ones((4, 2)), arithmetic)
