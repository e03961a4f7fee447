"""Tests of muster.drill.lease."""
