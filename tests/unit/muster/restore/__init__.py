"""Bringing items back after a bad write."""
