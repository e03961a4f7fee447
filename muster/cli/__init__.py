"""The command line of the operator's tool: one file a command, imported when it is asked for."""
