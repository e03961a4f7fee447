"""Sets a checkout up: the Python environment and the Pulumi CLI.

Runs under the machine's own Python with nothing but the standard library, before anything is
installed. Every step looks first whether it is needed, and a step that was interrupted is done anew
the next time.
"""
