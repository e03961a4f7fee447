"""Tests of muster.drill.rollback.rollback_planner."""
