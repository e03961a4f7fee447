"""Tests of limits and refusals."""
