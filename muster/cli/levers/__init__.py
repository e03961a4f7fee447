"""The commands that pull one lever by hand: dials, records, health switches, faults."""
