"""Tests of muster.drill.scenario.model."""
