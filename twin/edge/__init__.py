"""The accelerators' data plane: static addresses, dials, health, spliced connections."""
