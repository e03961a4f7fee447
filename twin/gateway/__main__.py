"""`python -m twin.gateway`: the gateway of the twin that TWIN_HOME and TWIN_INSTANCE name."""

import sys

from twin import daemon
from twin.gateway.process import main

if __name__ == "__main__":
    sys.exit(daemon.run(main))
