"""What the commands `muster` and `twin` have in common."""
