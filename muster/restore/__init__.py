"""Bring items back after a bad write, from point-in-time restores of their table."""
