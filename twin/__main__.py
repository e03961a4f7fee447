"""`python -m twin` is the `twin` command."""

import sys

from common.command.entry_point import run_command

if __name__ == "__main__":
    sys.exit(run_command("twin.cli.main", sys.argv[1:]))
