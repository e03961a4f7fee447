"""Tests of muster.drill.scenario."""
