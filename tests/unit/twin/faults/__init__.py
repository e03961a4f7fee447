"""Tests of the fault store and its watchers."""
