"""Clients on loopback."""
