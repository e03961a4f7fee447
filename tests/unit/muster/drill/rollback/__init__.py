"""Tests of muster.drill.rollback."""
