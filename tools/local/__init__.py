"""What `make up` and `make down` do: the twin, and the stack `local` on it.

Runs in the Python environment that tools.setup made; uses the functions of the `twin` command and
the real Pulumi CLI.
"""
