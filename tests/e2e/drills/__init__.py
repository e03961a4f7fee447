"""Drills of the real tool on a deployed copy."""
