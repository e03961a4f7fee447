"""Sets a checkout up: the Python environment and the Pulumi CLI.

Runs with the machine's Python and the standard library only, before anything is installed. Each
step first checks whether it is needed; an interrupted step is repeated the next time.
"""
