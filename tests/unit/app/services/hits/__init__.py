"""Tests of the counter of hits."""
