"""Tests of muster.drill.watch."""
