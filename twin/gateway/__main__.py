"""`python -m twin.gateway`: the gateway of the twin that TWIN_HOME and TWIN_INSTANCE name."""

import sys

from twin.gateway.process import main
from twin.runtime.daemon import run_daemon

if __name__ == "__main__":
    sys.exit(run_daemon(main))
