"""Tests of the health checkers."""
