"""Tests of muster.drill.observation."""
