"""Tests of muster.drill.view."""
