"""Policy levers: one file pair each, the flows per unit in Python and the sourced defaults in TOML."""

from echelon.levers.catalogue import LEVERS, Lever, lever_assumptions, lever_defaults
from echelon.levers.compete import compete
from echelon.levers.evaluate import evaluate
from echelon.levers.flows import Flows
from echelon.levers.fund import fund
from echelon.levers.pay import pay
from echelon.levers.recruit import recruit
from echelon.levers.relocate import relocate
from echelon.levers.retain import retain
from echelon.levers.retrain import retrain
from echelon.levers.screen import screen
from echelon.levers.search import search
from echelon.levers.train import train

__all__ = [
    "LEVERS", "Flows", "Lever", "compete", "evaluate", "fund", "lever_assumptions",
    "lever_defaults", "pay", "recruit", "relocate", "retain", "retrain", "screen", "search", "train",
]  # fmt: skip
