"""`python -m twin.region REGION`: one Region's process."""

import sys

from twin.region.process import main
from twin.region.tables import RegionTables
from twin.runtime.daemon import run_daemon

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m twin.region REGION")
    sys.exit(run_daemon(main(sys.argv[1], RegionTables.open)))
