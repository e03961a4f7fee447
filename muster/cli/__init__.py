"""The command line of the operator's tool: one file a command, imported when it is asked for.

Commands that pull a lever by hand are in `levers/`, those of `muster drill` in `drills/`.
"""
