"""Tests of muster.probe."""
