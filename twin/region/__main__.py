"""`python -m twin.region REGION`: one Region's process."""

import sys
from functools import partial

from twin.region.process import main
from twin.runtime.daemon import run_daemon

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m twin.region REGION")
    sys.exit(run_daemon(partial(main, sys.argv[1])))
