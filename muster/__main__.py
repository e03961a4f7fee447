"""`python -m muster`, and what `.twin/bin/muster` starts."""

import io
import sys

from muster.cli.main import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal lacks is shown as `?`; it must not end a drill.
            stream.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))
