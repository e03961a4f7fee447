"""The first code in an execution environment: ties it to the Region's process, then runs AWS's.

Run by its path, not as a module: nothing of the twin is importable for the function. When the
Region's process dies, by SIGKILL too, the kernel kills this one.
"""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
MOST_DESCRIPTORS = 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def main(parent: int, handler: str) -> None:
    """Become the function's runtime; ends the process when `parent` is gone already."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)
    most = min(MOST_DESCRIPTORS, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # The function's own modules come before the runtime's, as in Lambda:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
    sys.path.insert(0, str(Path(os.environ["LAMBDA_TASK_ROOT"])))
    from awslambdaric.__main__ import main as run  # noqa: PLC0415 - not before the tie above

    run(["awslambdaric", handler])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
