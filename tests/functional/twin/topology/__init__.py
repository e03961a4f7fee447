"""Tests of following the Topology."""
