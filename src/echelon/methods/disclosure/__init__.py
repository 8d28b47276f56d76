"""Disclosure control: which cells are unsafe, how to protect them, and what an attacker still learns."""

from echelon.methods.disclosure.cell_key import PerturbationTable, cell_keys, draw_table, perturb
from echelon.methods.disclosure.rounding import round_at_random
from echelon.methods.disclosure.rules import Unsafe, unsafe_cells
from echelon.methods.disclosure.suppression import Suppression, attack, suppress

__all__ = [
    "PerturbationTable",
    "Suppression",
    "Unsafe",
    "attack",
    "cell_keys",
    "draw_table",
    "perturb",
    "round_at_random",
    "suppress",
    "unsafe_cells",
]
