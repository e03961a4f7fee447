"""The stack `local`: its configuration, its updates, what they would delete, and repair."""
