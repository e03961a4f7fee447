"""Data sources without AWS."""
