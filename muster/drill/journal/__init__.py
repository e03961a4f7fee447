"""The journal of a run: its events, its file, the state that they add up to."""
