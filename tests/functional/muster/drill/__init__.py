"""Tests of muster.drill."""
