"""Tests of what the parts share."""
