"""Tests of tools/local/stack."""
