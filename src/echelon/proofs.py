"""Proofs of choices: which sites, profiles and platforms are best, and how far off a choice can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from echelon.methods.hubs import HubProblem, HubProof
from echelon.methods.integer import Program, Proof

__all__ = ["Checked", "ChoiceCertificate", "HubCertificate", "packed", "unpacked"]

Arrays = dict[str, NDArray[Any]]
_THEN = "then."


@dataclass(frozen=True)
class Checked:
    """What a check of a proof found: true when nothing is wrong."""

    faults: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.faults


@dataclass(frozen=True, eq=False)
class ChoiceCertificate:
    """Proof of how near a choice is to the best of all, with the problem it is about.

    Parameters
    ----------
    program : Program
        The problem as a cost to be lowered.
    proof : Proof
        The choice, and prices of the conditions from which the bound follows.
    sense : {1, -1}
        -1 when the value is to be raised: it is minus the cost.
    unit : str
        Of the value.
    then : ChoiceCertificate, optional
        Of the choice that was made among those equally good by this one.
    """

    kind: ClassVar[str] = "choice"
    program: Program = field(repr=False)
    proof: Proof = field(repr=False)
    sense: int
    unit: str
    then: ChoiceCertificate | None = field(default=None, repr=False)

    @property
    def value(self) -> float:
        """What the choice costs, or is worth."""
        return self.sense * self.proof.value

    @property
    def bound(self) -> float:
        """What no choice can be better than."""
        return self.sense * self.proof.bound

    @property
    def gap(self) -> float:
        """By which share of the value it can at most be improved."""
        return self.proof.gap

    def verify(self) -> Checked:
        """Compute conditions, value and the bound of every case again, without any solver."""
        then = () if self.then is None else self.then.verify().faults
        return Checked((*self.proof.faults(self.program), *then))

    def arrays(self) -> Arrays:
        """Return everything as arrays, for a file."""
        then = {} if self.then is None else self.then.arrays()
        return {
            **packed("program", self.program), **packed("proof", self.proof),
            "sense": np.array(self.sense), "unit": np.array(self.unit),
            **{f"{_THEN}{name}": array for name, array in then.items()},
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> ChoiceCertificate:
        """Rebuild it from :meth:`arrays`."""
        after = {
            name.removeprefix(_THEN): a for name, a in arrays.items() if name.startswith(_THEN)
        }
        return cls(
            _program("program", arrays), unpacked(Proof, "proof", arrays),
            int(arrays["sense"]), str(arrays["unit"]), cls.from_arrays(after) if after else None,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class HubCertificate:
    """Proof that no other set of hubs costs less, with flows and distances.

    Parameters
    ----------
    problem : HubProblem
    proof : HubProof
    unit : str
        Of the value.
    """

    kind: ClassVar[str] = "hubs"
    problem: HubProblem = field(repr=False)
    proof: HubProof = field(repr=False)
    unit: str

    @property
    def value(self) -> float:
        """What the hubs cost."""
        return self.proof.value

    @property
    def bound(self) -> float:
        """What no set of hubs can cost less than."""
        return self.proof.bound

    @property
    def gap(self) -> float:
        """By which share of the value it can at most be lowered."""
        return self.proof.gap

    def verify(self) -> Checked:
        """Go through all sets of hubs again, by another order of sums."""
        return Checked(self.proof.faults(self.problem))

    def arrays(self) -> Arrays:
        """Return everything as arrays, for a file."""
        found = {**packed("problem", self.problem), "unit": np.array(self.unit)}
        found |= {f"proof.{name}": np.asarray(getattr(self.proof, name))
                  for name in ("chosen", "hub", "value", "bound", "rivals")}  # fmt: skip
        for place, proof in enumerate(self.proof.proofs):
            found |= packed(f"rival{place}", proof)
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> HubCertificate:
        """Rebuild it from :meth:`arrays`."""
        rivals = arrays["proof.rivals"]
        proof = HubProof(
            arrays["proof.chosen"], arrays["proof.hub"], float(arrays["proof.value"]),
            float(arrays["proof.bound"]), rivals,
            tuple(unpacked(Proof, f"rival{place}", arrays) for place in range(len(rivals))),
        )  # fmt: skip
        return cls(unpacked(HubProblem, "problem", arrays), proof, str(arrays["unit"]))


def packed(prefix: str, thing: Any) -> Arrays:
    """Return the public fields of a dataclass as arrays, a sparse matrix as its three.

    Parameters
    ----------
    prefix : str
    thing : dataclass
    """
    found: Arrays = {}
    for item in fields(thing):
        value = getattr(thing, item.name)
        if item.name == "matrix":
            for part in ("data", "indices", "indptr"):
                found[f"{prefix}.matrix.{part}"] = getattr(value, part)
        elif not item.name.startswith("_"):
            found[f"{prefix}.{item.name}"] = np.asarray(value)
    return found


def unpacked(made: type[Any], prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """Rebuild a dataclass from its fields: what was a number or a text becomes one again.

    Parameters
    ----------
    made : type
    prefix : str
    arrays : mapping of str to array
    """
    given: dict[str, object] = {}
    for item in fields(made):
        if item.name.startswith("_"):
            continue
        array = arrays[f"{prefix}.{item.name}"]
        if item.name == "steps":
            given[item.name] = tuple(str(step) for step in array)
        else:
            given[item.name] = array.item() if array.ndim == 0 else array
    return made(**given)


def _program(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Program:
    from scipy.sparse import csr_array

    given: dict[str, Any] = {
        item.name: arrays[f"{prefix}.{item.name}"]
        for item in fields(Program)
        if item.name != "matrix"
    }
    parts = tuple(arrays[f"{prefix}.matrix.{part}"] for part in ("data", "indices", "indptr"))
    given["matrix"] = csr_array(parts, shape=(len(given["row_low"]), len(given["cost"])))
    given["constant"] = float(given["constant"])
    return Program(**given)
