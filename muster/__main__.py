"""`python -m muster`, and what `.twin/bin/muster` starts."""

import io
import sys

from common.command.entry_point import run_command

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal lacks is shown as `?`; it must not end a drill.
            stream.reconfigure(errors="replace")
    sys.exit(run_command("muster.cli.main", sys.argv[1:]))
