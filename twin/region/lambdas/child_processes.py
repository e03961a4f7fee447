"""The child processes of a Region: execution environments, and orphans of functions.

When the parent of a function's child process ends, the Region adopts the orphan
(`processes.adopt_orphans`), as the first process of Lambda's virtual machine does. An orphan ends
with its environment, and the Region waits for it: one that nobody waits for keeps its process id.
"""

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from functools import partial

from common.clock import SystemClock
from twin.runtime.process_info import ProcessInfo, list_processes, process_environment
from twin.runtime.processes import kill_found


class ChildProcesses:
    """Knows the execution environments; all other children are orphans."""

    def __init__(self) -> None:
        self._log_streams: dict[int, str] = {}
        """By the process ids of the environments, from their start until they were waited for."""
        self._starting = threading.Lock()

    def start(
        self, log_stream: str, launch: Callable[[], subprocess.Popen[bytes]]
    ) -> subprocess.Popen[bytes]:
        """Start an execution environment. Raises what `launch` raises."""
        with self._starting:
            process = launch()
            self._log_streams[process.pid] = log_stream
        return process

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """The return code of an environment that has ended."""
        code = process.wait()
        self._log_streams.pop(process.pid, None)
        return code

    def reap_orphans(self) -> None:
        """Wait for the orphans that have ended; call it often, in the thread that calls `start`.

        An environment that has ended hides those behind it until it was waited for.
        """
        ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with contextlib.suppress(ChildProcessError):
            while (child := os.waitid(os.P_ALL, 0, ended)) is not None:
                if child.si_pid in self._log_streams:
                    break
                os.waitpid(child.si_pid, os.WNOHANG)

    def kill_remains(self, log_stream: str, *, clock: SystemClock) -> None:
        """End what an environment that was waited for has left behind, with SIGKILL; blocks."""
        kill_found(partial(self._find_remains, log_stream), clock=clock)

    def _find_remains(self, log_stream: str) -> tuple[ProcessInfo, ...]:
        found = tuple(process for process in list_processes() if not process.has_ended)
        with self._starting:  # each environment among the found ones is known now
            living = dict(self._log_streams)
        return tuple(
            process
            for process in found
            if process.pid not in living
            and is_left_behind(
                process,
                process_environment(process.pid).get("AWS_LAMBDA_LOG_STREAM_NAME"),
                ended=log_stream,
                living=living,
                region_pid=os.getpid(),
            )
        )


def is_left_behind(
    process: ProcessInfo,
    log_stream: str | None,
    *,
    ended: str,
    living: Mapping[int, str],
    region_pid: int,
) -> bool:
    """Whether a process that is no environment has lost its own, and has to end.

    `log_stream`: of the process's variables, which a function may have emptied; `ended`: of the
    environment that has ended; `living`: process ids of environments -> theirs. An orphan without
    variables outside all their process groups ends with any of them.
    """
    if log_stream == ended:
        return True
    is_orphan = process.parent == region_pid
    return is_orphan and log_stream not in living.values() and process.group not in living
