"""Functions of a Region."""
