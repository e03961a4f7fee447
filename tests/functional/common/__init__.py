"""Tests of what all parts share, with real programs."""
