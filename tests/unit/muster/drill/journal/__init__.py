"""Tests of muster.drill.journal."""
