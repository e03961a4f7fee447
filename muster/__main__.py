"""`python -m muster`, and what `.twin/bin/muster` starts."""

import sys

from muster.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
