"""Tests of muster.aws."""
