"""`python -m twin.control`: the control process of the twin that TWIN_HOME names."""

import sys

from twin.control.process import main
from twin.runtime.daemon import run_daemon

sys.exit(run_daemon(main))
