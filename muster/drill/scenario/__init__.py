"""Scenarios: find a file, read it, check it, and fill in its parameters."""
