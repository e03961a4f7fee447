"""Data sources, on moto."""
