"""Tests of muster.drill.guards.evaluation."""
