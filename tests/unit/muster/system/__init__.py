"""Tests of muster.system."""
