"""The commands of `muster drill`."""
