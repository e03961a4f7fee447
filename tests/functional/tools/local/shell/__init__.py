"""Tests of tools/local/shell."""
