"""Injected faults of a twin: stored in one file, watched by each process, reported to clients."""
