"""Tests of muster.trend."""
