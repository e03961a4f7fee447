"""Tests of the map's modules that need no document."""
