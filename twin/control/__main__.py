"""`python -m twin.control`: the control process of the twin that TWIN_HOME names."""

import sys

from twin import daemon
from twin.control.process import main

sys.exit(daemon.run(main))
