"""Tests of the function's services."""
