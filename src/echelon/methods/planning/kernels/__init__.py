"""Compiled inner loops of the planner."""
