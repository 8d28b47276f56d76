"""The proof that comes with an optimal matching, and how it is checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.grammar import FORBIDDEN, Market
from echelon.methods.matching.lists import Lists, score_of_listed
from echelon.methods.matching.scores import score_block, score_pairs

__all__ = ["Certificate", "Verification", "certify", "listed_profits", "plain_profits"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]
_PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Verification:
    """What a check of a certificate found; true when nothing is wrong.

    Parameters
    ----------
    faults : tuple of str
        What is wrong, one sentence each.
    people : int
        For how many types of people the bound was recomputed with the second kernel.
    bound : float
        The bound as recomputed, in scores.
    """

    faults: tuple[str, ...]
    people: int
    bound: float

    def __bool__(self) -> bool:
        return not self.faults


@dataclass(frozen=True)
class Certificate:
    """Proof of how near a matching is to the best of all matchings.

    For any prices v of 0 or more, sum_j capacity_j v_j + sum_i max(0, max_j (s_ij - v_j)) is at
    least the value of every matching (weak duality). The matching's own value is at most the
    optimum. So the optimum lies between the two, whatever way they were found.

    Parameters
    ----------
    price : array (post types,)
        Price of a seat in fine units. Where seats stay free it is 0, in large markets at most what the
        most eager person would pay, which the bound counts. Closed posts have no say.
    fine : int
        Fine units in a score unit.
    person, post, number : arrays (pairs,)
        The matching: types of people and posts, and how many people.
    value, bound : int
        Both in fine units, exact.
    unit : float
        What a fine unit is worth in the scores that were given.
    digest : str
        Fingerprint of the problem that was solved.
    seal : str
        Fingerprint of all of the above.
    """

    price: NDArray[np.int32]
    fine: int
    person: NDArray[np.int32]
    post: NDArray[np.int32]
    number: Whole
    value: int
    bound: int
    unit: float
    digest: str
    seal: str

    @property
    def gap(self) -> float:
        """Return by which share of the bound the value can at most be improved."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0

    @property
    def prices(self) -> Array:
        """Return the price of a seat of each post type, in scores: how scarce it is."""
        return self.price.astype(np.float64) * self.unit

    def verify(
        self, instance: Market | Lists, *, sample: int | None = None, seed: int = 0
    ) -> Verification:
        """Check the certificate against the problem, with another kernel than the one that made it.

        Recomputes the bound from the prices by plain arrays, the value from the pair-wise scorer,
        the seats, and the seal.

        Parameters
        ----------
        instance : Market or Lists
            The problem.
        sample : int, optional
            Recompute so many types of people by plain arrays, drawn with the seed, and the others
            with the compiled oracle; all by plain arrays when not given, which takes about 2 s for
            every 10^8 pairs.
        seed : int

        Returns
        -------
        Verification
        """
        faults = []
        if self.digest != instance.digest():
            return Verification(("The certificate belongs to another problem.",), 0, 0.0)
        if self.seal != _seal(self):
            faults.append("The seal does not fit: prices, pairs or figures were changed.")
        misfits = _misfits(self, instance)
        if misfits:
            return Verification((*faults, *misfits), 0, 0.0)
        if (self.price < 0).any():
            faults.append("A price is below 0.")
        faults += _faults_of_pairs(self, instance)
        gain, checked = _gains(self, instance, sample, seed)
        open_ = instance.capacity > 0
        paid = int((instance.capacity[open_] * self.price[open_].astype(np.int64)).sum())
        bound = paid + int((gain * instance.count).sum())
        if bound != self.bound:
            faults.append(
                f"The bound is {bound * self.unit:,.6f}, not {self.bound * self.unit:,.6f}."
            )
        return Verification(tuple(faults), checked, bound * self.unit)


def certify(
    instance: Market | Lists,
    price: NDArray[np.int32],
    pairs: tuple[NDArray[np.int32], NDArray[np.int32], Whole],
    *,
    gain: Whole,
    fine: int,
) -> Certificate:
    """Make the certificate of a matching and prices.

    Parameters
    ----------
    instance : Market or Lists
    price : array (post types,)
        In fine units.
    pairs : tuple of arrays
        Types of people and posts, and numbers.
    gain : array (person types,)
        The largest of 0 and score less price over all posts, in fine units.
    fine : int

    Returns
    -------
    Certificate
    """
    person, post, number = pairs
    score = _scores(instance, person, post)
    open_ = instance.capacity > 0
    paid = int((instance.capacity[open_] * price[open_].astype(np.int64)).sum())
    bare = Certificate(
        price=price.astype(np.int32),
        fine=fine,
        person=person.astype(np.int32),
        post=post.astype(np.int32),
        number=number.astype(np.int64),
        value=int((score.astype(np.int64) * number).sum()) * fine,
        bound=paid + int((gain.astype(np.int64) * instance.count).sum()),
        unit=instance.unit / fine,
        digest=instance.digest(),
        seal="",
    )
    return Certificate(**{**bare.__dict__, "seal": _seal(bare)})


def plain_profits(market: Market, price: NDArray[np.int32], people: Whole, *, fine: int) -> Whole:
    """Return what some types of people gain at their best post, by plain arrays over all posts.

    Parameters
    ----------
    market : Market
    price : array (post types,)
        In fine units.
    people : array (n,)
        Types of people.
    fine : int

    Returns
    -------
    array (n,)
        The largest of 0 and score less price, in fine units.
    """
    gain = np.zeros(len(people), dtype=np.int64)
    open_ = np.flatnonzero(market.capacity > 0)
    if not len(open_):
        return gain
    size = max(1, _PAIRS_AT_ONCE // len(open_))
    for start in range(0, len(people), size):
        some = slice(start, start + size)
        block = score_block(market, people[some], open_).astype(np.int64) * fine - price[open_]
        gain[some] = np.maximum(0, block.max(axis=1))
    return gain


def listed_profits(lists: Lists, price: NDArray[np.int32], *, fine: int) -> Whole:
    """Return what each person gains at the best post listed, in fine units.

    Parameters
    ----------
    lists : Lists
    price : array (posts,)
    fine : int

    Returns
    -------
    array (people,)
    """
    gain = np.zeros(len(lists.count), dtype=np.int64)
    row = np.repeat(np.arange(len(lists.count)), np.diff(lists.start))
    kept = lists.capacity[lists.post] > 0
    net = lists.score.astype(np.int64) * fine - price[lists.post]
    np.maximum.at(gain, row[kept], net[kept])
    return gain


def _gains(
    certificate: Certificate, instance: Market | Lists, sample: int | None, seed: int
) -> tuple[Whole, int]:
    """Return what each type of people gains, and how many the second kernel computed."""
    fine, price = certificate.fine, certificate.price
    if isinstance(instance, Lists):
        return listed_profits(instance, price, fine=fine), len(instance.count)
    everybody = np.arange(len(instance.count))
    if sample is None or sample >= len(everybody):
        return plain_profits(instance, price, everybody, fine=fine), len(everybody)
    if sample < 0:
        raise InvalidArgument(f"A sample of {sample} cannot be drawn", fix="Use 0 or more")
    from echelon.methods.matching.oracle import best_profits

    gain = best_profits(instance, price, fine=fine)
    drawn = np.random.default_rng(seed).choice(len(everybody), sample, replace=False)
    gain[drawn] = plain_profits(instance, price, drawn, fine=fine)
    return gain, sample


def _misfits(certificate: Certificate, instance: Market | Lists) -> list[str]:
    """Return what does not fit the problem at all, so that nothing can be computed from it."""
    faults = []
    people, posts = len(instance.count), len(instance.capacity)
    if certificate.price.shape != (posts,):
        faults.append(f"There are {certificate.price.size} prices for {posts} types of posts.")
    pairs = certificate.person, certificate.post, certificate.number
    if len({array.shape for array in pairs}) > 1 or certificate.person.ndim != 1:
        faults.append("The pairs are not whole: persons, posts and numbers differ in length.")
    for name, places, size in (("people", pairs[0], people), ("posts", pairs[1], posts)):
        strange = places[(places < 0) | (places >= size)]
        if strange.size:
            faults.append(f"A pair names type {strange[0]} of {name}, and there are {size} types.")
    fits = certificate.fine >= 1 and np.isclose(
        certificate.unit * certificate.fine, instance.unit, rtol=1e-12, atol=0.0
    )
    if not fits:
        faults.append(
            f"{certificate.fine} fine units of {certificate.unit:.6g} are not the score unit of the "
            f"problem, {instance.unit:.6g}."
        )
    return faults


def _faults_of_pairs(certificate: Certificate, instance: Market | Lists) -> list[str]:
    """Return what is wrong with the matching: seats, people, forbidden pairs, the value."""
    faults = []
    person, post, number = certificate.person, certificate.post, certificate.number
    placed = np.zeros(len(instance.count), dtype=np.int64)
    taken = np.zeros(len(instance.capacity), dtype=np.int64)
    np.add.at(placed, person, number)
    np.add.at(taken, post, number)
    if (number < 1).any() or (placed > instance.count).any():
        faults.append("More people are matched than there are.")
    if (taken > instance.capacity).any():
        at = int(np.flatnonzero(taken > instance.capacity)[0])
        faults.append(
            f"Post type {at} has {instance.capacity[at]} seats, and {taken[at]} people are in it."
        )
    try:
        score = _scores(instance, person, post)
    except InvalidArgument as fault:
        return [*faults, str(fault)]
    value = int((score.astype(np.int64) * number).sum()) * certificate.fine
    if value != certificate.value:
        faults.append(
            f"The matching is worth {value * certificate.unit:,.6f}, "
            f"not {certificate.value * certificate.unit:,.6f}."
        )
    return faults


def _scores(
    instance: Market | Lists, person: NDArray[np.int32], post: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the scores of pairs by the pair-wise scorer; a pair that may not be is an error."""
    if isinstance(instance, Lists):
        score, possible = score_of_listed(instance, person, post)
    else:
        score = score_pairs(instance, person, post)
        possible = score != FORBIDDEN
    if not possible.all():
        at = int(np.flatnonzero(~possible)[0])
        raise InvalidArgument(f"Person type {person[at]} may not take post type {post[at]}")
    return score


def _seal(certificate: Certificate) -> str:
    """Return a fingerprint of all figures of a certificate."""
    total = hashlib.sha256(certificate.digest.encode())
    figures = (certificate.fine, certificate.value, certificate.bound, certificate.unit)
    total.update(repr(figures).encode())
    for array in (certificate.price, certificate.person, certificate.post, certificate.number):
        total.update(f"{array.dtype}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()
