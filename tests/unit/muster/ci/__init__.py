"""Tests of muster.ci."""
