"""Tests of muster.drill.notify."""
