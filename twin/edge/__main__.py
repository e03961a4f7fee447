"""`python -m twin.edge`: the edge of the twin that TWIN_HOME and TWIN_INSTANCE name."""

import sys

from twin.edge.process import main
from twin.runtime.daemon import run_daemon

if __name__ == "__main__":
    sys.exit(run_daemon(main))
