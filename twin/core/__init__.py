"""Decisions of the twin: no sockets, no clocks, no randomness of their own."""
