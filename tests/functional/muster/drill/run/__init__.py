"""Tests of muster.drill.run."""
