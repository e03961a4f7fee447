"""`python -m twin.route53`: Route 53's process of the twin of TWIN_HOME and TWIN_INSTANCE."""

import sys

from twin.route53.process import main
from twin.runtime.daemon import run_daemon

if __name__ == "__main__":
    sys.exit(run_daemon(main))
