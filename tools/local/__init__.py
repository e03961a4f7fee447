"""Drives the local twin and the stack `local` on it: what `make up` and `make down` do.

Runs in the Python environment that tools.setup made, and works through the `twin` command's own
functions and the real Pulumi CLI.
"""
