"""Proofs that come with a result, saved with it and checked again by whoever holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.methods.matching import (
    RESEALED,
    Market,
    Verification,
    faults_of_labels,
    faults_of_places,
    faults_of_table,
    prove_stable,
    score_pairs,
    sealed,
)
from echelon.methods.matching import Certificate as Proof
from echelon.methods.planning import Dual, OwnRows, PlanCheck, Program, check_plan
from echelon.proofs import ChoiceCertificate, HubCertificate, packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Certificate", "OptimalityCertificate", "PlanCertificate", "StabilityCertificate",
    "read_certificate",
]  # fmt: skip

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class OptimalityCertificate:
    """Proof of how near a matching is to the best of all matchings, with the problem it is about.

    For any prices of 0 or more, the prices of all seats plus what every person gains at the best
    post less its price is at least the value of every matching: the optimum lies between ``value``
    and ``bound``.

    Parameters
    ----------
    market : Market
        The problem in whole score units.
    proof : Certificate
        Prices and pairs of types, with a seal.
    persons, posts, skills : arrays of str
        Labels of the records and skills.
    seal : str, optional
        Fingerprint of the proof with its labels; made when not given.
    saved : tuple of str
        What is wrong with the tables that it was saved with.
    """

    kind: ClassVar[str] = "optimality"
    market: Market = field(repr=False)
    proof: Proof = field(repr=False)
    persons: NDArray[np.str_] = field(repr=False)
    posts: NDArray[np.str_] = field(repr=False)
    skills: NDArray[np.str_] = field(repr=False)
    seal: str | None = field(default=None, repr=False)
    saved: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.seal is None:
            object.__setattr__(self, "seal", self._fingerprint())

    def _fingerprint(self) -> str:
        return sealed(self.proof.digest, self.proof.seal, self.persons, self.posts, self.skills)

    @property
    def value(self) -> float:
        """Total score of the matching."""
        return self.proof.value * self.proof.unit

    @property
    def bound(self) -> float:
        """What no matching can exceed."""
        return self.proof.bound * self.proof.unit

    @property
    def gap(self) -> float:
        """By which share of the bound the value can at most be improved."""
        return self.proof.gap

    @property
    def prices(self) -> pd.Series:
        """Price of a seat of each post: how scarce it is, in scores."""
        return pd.Series(self.proof.prices[self.market.post_type], index=self.posts, name="price")

    def verify(self, *, sample: int | None = None, seed: int = 0) -> Verification:
        """Compute bound, value, seats and seal again with another kernel than the one that made them.

        Parameters
        ----------
        sample : int, optional
            Recompute so many types of people by plain arrays, the others with the compiled oracle;
            all by plain arrays when not given.
        seed : int
            Of the sample.

        Returns
        -------
        Verification
            True when nothing is wrong; ``faults`` says what is.
        """
        found = self.proof.verify(self.market, sample=sample, seed=seed)
        labels = faults_of_labels(self.market, (self.persons, self.posts))
        seal = [] if self.seal == self._fingerprint() else [RESEALED]
        return replace(found, faults=(*found.faults, *labels, *seal, *self.saved))

    def beside(self, assignment: pd.DataFrame) -> list[str]:
        """Return where a table of who goes where is not the matching of the proof.

        Parameters
        ----------
        assignment : DataFrame
            person, post, score.
        """
        proof = self.proof
        pairs = dict(zip(zip(proof.person, proof.post, strict=True), proof.number, strict=True))
        rows = assignment[["person", "post", "score"]].to_numpy().T
        names = self.persons, self.posts
        return faults_of_table(rows, self.market, names=names, pairs=pairs)

    def arrays(self) -> Arrays:
        """Return everything as arrays, for a file."""
        labels = {"persons": self.persons, "posts": self.posts, "skills": self.skills}
        seal = {"seal": np.array(self.seal)}
        return {**packed("market", self.market), **packed("proof", self.proof), **labels, **seal}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> OptimalityCertificate:
        """Rebuild it from :meth:`arrays`."""
        return cls(
            unpacked(Market, "market", arrays), unpacked(Proof, "proof", arrays),
            arrays["persons"], arrays["posts"], arrays["skills"], str(arrays["seal"]),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class StabilityCertificate:
    """Proof that no person and no post of all would rather have each other, with the problem.

    Parameters
    ----------
    market : Market
        What posts are worth to people, every record apart.
    priority : Market or None
        What posts go by; the market itself when none.
    post : array (people,)
        Place of each person's post, -1 for none.
    cutoff : array (posts,)
        Lowest priority, with the lottery number behind it, that holds a seat where all are taken.
    seed : int
        Of the lottery.
    persons, posts, skills : arrays of str
    seal : str, optional
        Fingerprint of all of the above; made when not given.
    saved : tuple of str
        What is wrong with the tables that it was saved with.
    """

    kind: ClassVar[str] = "stability"
    market: Market = field(repr=False)
    priority: Market | NDArray[np.float64] | None = field(repr=False)
    post: NDArray[np.int32] = field(repr=False)
    cutoff: NDArray[np.int64] = field(repr=False)
    seed: int
    persons: NDArray[np.str_] = field(repr=False)
    posts: NDArray[np.str_] = field(repr=False)
    skills: NDArray[np.str_] = field(repr=False)
    seal: str | None = field(default=None, repr=False)
    saved: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.seal is None:
            object.__setattr__(self, "seal", self._fingerprint())

    def _fingerprint(self) -> str:
        theirs = self.priority.digest() if isinstance(self.priority, Market) else self.priority
        return sealed(
            self.market.digest(), "" if theirs is None else theirs, self.post, self.cutoff,
            str(self.seed), self.persons, self.posts, self.skills,
        )  # fmt: skip

    @property
    def value(self) -> float:
        """Total score of the matching."""
        held = np.flatnonzero(self.post >= 0)
        units = score_pairs(self.market, held, self.post[held].astype(np.int64))
        return float(units.sum(dtype=np.int64)) * self.market.unit

    @property
    def cutoffs(self) -> pd.Series:
        """Lowest priority in each post, in scores or merits; unknown where seats are free."""
        place = np.maximum(self.cutoff, 0) >> 32
        if isinstance(self.priority, Market) or self.priority is None:
            given = self.market if self.priority is None else self.priority
            figures = (place - (1 << 17)) * given.unit
        else:
            # The key holds the place of a merit among all merits.
            merits = np.append(np.unique(self.priority), np.nan)
            figures = merits[np.minimum(place, len(merits) - 1)]
        no_seat = self.market.capacity[self.market.post_type] == 0
        figures = np.where((self.cutoff < 0) | no_seat, np.nan, figures)
        return pd.Series(figures, index=self.posts, name="cutoff")

    def verify(self) -> Verification:
        """Scan all pairs again for a person and a post that would rather have each other.

        Returns
        -------
        Verification
            True when there is none, every pair is possible and worth more than staying unmatched,
            the seats suffice and the cutoffs are those of the matching.
        """
        given, names = (self.post, self.cutoff), (self.persons, self.posts)
        faults = faults_of_labels(self.market, names)
        faults = faults or faults_of_places(self.market, given, names)
        seal = [] if self.seal == self._fingerprint() else [RESEALED]
        if not faults:
            by = self.priority
            proof = prove_stable(self.market, self.post, priority=by, seed=self.seed)
            if len(proof.blocked):
                faults.append(
                    f"{len(proof.blocked)} people and a post would rather have each other, "
                    f"{self.persons[int(proof.blocked[0])]} among them."
                )
            if not np.array_equal(proof.cutoff, self.cutoff):
                faults.append("The cutoffs are not those of the matching.")
        return Verification((*faults, *seal, *self.saved), len(self.persons), float("nan"))

    def beside(self, assignment: pd.DataFrame) -> list[str]:
        """Return where a table of who goes where is not the matching of the proof.

        Parameters
        ----------
        assignment : DataFrame
            person, post, score.
        """
        held = np.flatnonzero(self.post >= 0)
        pairs = {(int(one), int(self.post[one])): 1 for one in held}
        rows = assignment[["person", "post", "score"]].to_numpy().T
        names = self.persons, self.posts
        return faults_of_table(rows, self.market, names=names, pairs=pairs)

    def arrays(self) -> Arrays:
        """Return everything as arrays, for a file."""
        theirs: Arrays = {}
        if isinstance(self.priority, Market):
            theirs = packed("priority", self.priority)
        elif self.priority is not None:
            theirs = {"merit": self.priority}
        return {
            **packed("market", self.market), **theirs, "post": self.post, "cutoff": self.cutoff,
            "seed": np.array(self.seed), "persons": self.persons, "posts": self.posts,
            "skills": self.skills, "seal": np.array(self.seal),
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> StabilityCertificate:
        """Rebuild it from :meth:`arrays`."""
        priority: Market | NDArray[np.float64] | None = arrays.get("merit")
        if "priority.count" in arrays:
            priority = unpacked(Market, "priority", arrays)
        return cls(
            unpacked(Market, "market", arrays), priority, arrays["post"], arrays["cutoff"],
            int(arrays["seed"]), arrays["persons"], arrays["posts"], arrays["skills"],
            str(arrays["seal"]),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class PlanCertificate:
    """Proof of how near a plan is to the best of all plans, with the problem it is about.

    Every decision has a bound, so any prices of the constraints give a figure that no plan can cost
    less than: the cheapest plan costs at least ``bound`` and at most ``value``.

    Parameters
    ----------
    program : Program
    plan : array (columns, years)
    dual : Dual
        Prices of the constraints.
    value, bound : float
        Currency.
    solver : str
    money : array of int
        Which rows are budgets.
    """

    kind: ClassVar[str] = "plan"
    program: Program = field(repr=False)
    plan: NDArray[np.float64] = field(repr=False)
    dual: Dual = field(repr=False)
    value: float
    bound: float
    solver: str
    money: NDArray[np.int64] = field(repr=False)

    @property
    def gap(self) -> float:
        """Share of the value by which a better plan can at most be cheaper."""
        return max(self.value - self.bound, 0.0) / max(abs(self.value), abs(self.bound), 1e-12)

    def verify(self) -> PlanCheck:
        """Compute cost, bound and broken constraints again, without the solver that found them.

        Returns
        -------
        PlanCheck
            True when nothing is wrong; ``people`` and ``money`` say by how much a constraint is
            broken at most.
        """
        return check_plan(
            self.program, self.plan, self.dual, value=self.value, bound=self.bound,
            money=self.money,
        )  # fmt: skip

    def arrays(self) -> Arrays:
        """Return everything as arrays, for a file."""
        program = {k: v for k, v in packed("program", self.program).items() if k != "program.own"}
        figures = np.array([self.value, self.bound])
        return {
            **program, **packed("own", self.program.own), **packed("dual", self.dual),
            "plan": self.plan, "figures": figures, "solver": np.array(self.solver),
            "money": self.money,
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> PlanCertificate:
        """Rebuild it from :meth:`arrays`."""
        own = OwnRows(
            tuple(str(name) for name in arrays["own.names"]),
            **{f.name: arrays[f"own.{f.name}"] for f in fields(OwnRows) if f.name != "names"},
        )
        parts = {f.name: arrays[f"program.{f.name}"] for f in fields(Program) if f.name != "own"}
        return cls(
            Program(**parts, own=own), arrays["plan"],
            Dual(arrays["dual.rows"], arrays["dual.own"]), float(arrays["figures"][0]),
            float(arrays["figures"][1]), str(arrays["solver"]),
            arrays["money"],
        )  # fmt: skip


Certificate = (
    OptimalityCertificate
    | StabilityCertificate
    | PlanCertificate
    | ChoiceCertificate
    | HubCertificate
)


def read_certificate(
    path: Path, kind: str, *, frames: Mapping[str, pd.DataFrame], changed: Sequence[str] = ()
) -> Certificate:
    """Read a certificate that was saved with a result.

    Parameters
    ----------
    path : Path
    kind : str
        As its record says.
    frames : mapping of str to DataFrame
        The tables that it was saved with; a matching is compared with its proof.
    changed : sequence of str
        Files that are not as they were saved.

    Raises
    ------
    ValueError, KeyError, OSError
        When the file does not hold a whole certificate of that kind.
    """
    readers: dict[str, Callable[[Mapping[str, NDArray[Any]]], Any]] = {
        OptimalityCertificate.kind: OptimalityCertificate.from_arrays,
        StabilityCertificate.kind: StabilityCertificate.from_arrays,
        ChoiceCertificate.kind: ChoiceCertificate.from_arrays,
        HubCertificate.kind: HubCertificate.from_arrays,
        PlanCertificate.kind: PlanCertificate.from_arrays,
    }
    with np.load(path, allow_pickle=False) as file:
        found = readers[kind]({name: file[name] for name in file.files})
    assert isinstance(found, Certificate)
    if not isinstance(found, OptimalityCertificate | StabilityCertificate):
        return found
    saved = [f"The file {name} is not as it was saved." for name in changed]
    if "assignment" in frames:
        saved += found.beside(frames["assignment"])
    return replace(found, saved=tuple(saved))
