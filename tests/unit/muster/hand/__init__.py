"""Tests of muster.hand."""
