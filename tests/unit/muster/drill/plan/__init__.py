"""Tests of muster.drill.plan."""
