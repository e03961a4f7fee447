"""`python -m twin.cities`: the cities' process of the twin of TWIN_HOME and TWIN_INSTANCE."""

import sys

from twin.cities.process import main
from twin.runtime.daemon import run_daemon

if __name__ == "__main__":
    sys.exit(run_daemon(main))
