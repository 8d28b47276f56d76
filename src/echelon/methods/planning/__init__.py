"""The joint plan as a linear program over years: model, repair, two solvers, and the proof."""

from echelon.methods.planning.exact import Exact, Method, smallest_change, solve_exact, write_mps
from echelon.methods.planning.first_order import FirstOrder, Progress, solve_first_order
from echelon.methods.planning.handover import as_linopy
from echelon.methods.planning.hubs import Hubs, spanner
from echelon.methods.planning.later import later
from echelon.methods.planning.model import DEPARTMENTS, Block, Model
from echelon.methods.planning.near_best import Least, least_amount, program_within
from echelon.methods.planning.parts import coalition, some_decisions
from echelon.methods.planning.program import Dual, OwnRows, Program
from echelon.methods.planning.proof import PlanCheck, check_plan
from echelon.methods.planning.ranges import price_ranges
from echelon.methods.planning.repair import Repair
from echelon.methods.planning.solve import Solution, Solver, solve
from echelon.methods.planning.stochastic import TwoStage, two_stage

__all__ = [
    "DEPARTMENTS", "Block", "Dual", "Exact", "FirstOrder", "Hubs", "Least", "Method", "Model", "OwnRows",
    "PlanCheck", "Program", "Progress", "Repair", "Solution", "Solver", "TwoStage", "as_linopy", "check_plan",
    "coalition", "later", "least_amount", "price_ranges", "program_within", "smallest_change", "solve",
    "solve_exact", "solve_first_order", "some_decisions", "spanner", "two_stage", "write_mps",
]  # fmt: skip
