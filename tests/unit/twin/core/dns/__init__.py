"""Tests of how Route 53 answers queries."""
