"""Decisions about tables: their engine's interface, replication, consistency."""
