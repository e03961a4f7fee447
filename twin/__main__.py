"""`python -m twin` is the `twin` command."""

import sys

from twin.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
