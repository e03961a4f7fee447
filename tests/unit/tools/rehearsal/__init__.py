"""Tests of tools.rehearsal."""
