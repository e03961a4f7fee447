"""Watch a run: how far it is, and its files as they grow."""
