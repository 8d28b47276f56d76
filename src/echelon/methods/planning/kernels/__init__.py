"""Compiled inner loops of the planner; imported late, since compiling needs numba."""
