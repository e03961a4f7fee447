"""`python -m twin.region REGION`: one Region's process."""

import sys

from twin.daemon import run
from twin.region.process import main
from twin.region.tables import Tables

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m twin.region REGION")
    sys.exit(run(main(sys.argv[1], Tables.open)))
