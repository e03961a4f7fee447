"""The main program of an execution environment: bind it to the Region's process, run the runtime.

It is run by its path, not as a module, so that the function can't import the twin. When the
Region's process dies, even by SIGKILL, the kernel kills this process too.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
FIRST_TO_END = "1000"
"""When the machine's memory is used up, the kernel ends functions before the twin's processes:
https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
"""
MAX_DESCRIPTORS = 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def main(parent: int, handler: str) -> None:
    """Become the function's runtime; end the process if `parent` has already died."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_END)
    limit = min(MAX_DESCRIPTORS, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    # The function's own modules precede the runtime's, as in Lambda:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
    sys.path.insert(0, str(Path(os.environ["LAMBDA_TASK_ROOT"])))
    from awslambdaric.__main__ import main as run_runtime  # noqa: PLC0415 - only after prctl

    run_runtime(["awslambdaric", handler])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
