"""One execution environment: a process that runs the deployed code under AWS's runtime.

An environment is STARTING until its runtime requests the first invocation, then alternates between
IDLE and BUSY, and is ENDING once its process was killed or has exited. It enforces the time-outs of
init and invocation, and describes failures as Lambda does. Its owner (the pool) chooses the next
invocation and decides whether another environment is started.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol

from common.clock import Clock, SystemClock
from twin.region.lambdas.child_processes import ChildProcesses
from twin.region.lambdas.function_log import (
    TAIL_BYTES,
    ProcessOutput,
    format_end_lines,
    format_start_line,
)
from twin.region.lambdas.invocation import (
    CodeUnusable,
    Invocation,
    InvocationResult,
    failure_payload,
)
from twin.region.lambdas.log_delivery import OutputLog
from twin.region.lambdas.runtime_api import RuntimeApi, RuntimeApiError
from twin.region.lambdas.runtime_env import RuntimeVariables
from twin.runtime.folder_removal import discard_folder
from twin.runtime.process_info import count_children, read_process
from twin.runtime.socket_owner import has_open_socket
from twin.topology.model import FunctionVersion

log = logging.getLogger(__name__)

LAUNCHER = Path(__file__).with_name("launcher.py")
MAX_PROCESSES = 1024
"""Of processes and threads: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
_MEMORY_CACHE_S = 1.0
_MIN_RETURN_S = 5.0
"""Time for a runtime that has answered late to request the next event; machines are busy."""


class EnvironmentState(StrEnum):
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    ENDING = "ending"
    """Killed or exited; the process may still exist for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitFailure:
    """Why an environment did not become ready."""

    payload: bytes
    """The failure as the payload for waiting invocations."""
    timed_out: bool = False


class EnvironmentOwner(Protocol):
    """The pool of the environment."""

    def next_invocation(self, environment: "ExecutionEnvironment") -> Invocation | None:
        """The next invocation; None if the environment has to wait for `dispatch`."""
        ...

    def invocation_finished(self, invocation: Invocation, result: InvocationResult) -> None: ...

    def environment_ended(
        self, environment: "ExecutionEnvironment", failure: InitFailure | None
    ) -> None:
        """The process has exited; `failure` if it had not become ready."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSpec:
    function: str
    version: FunctionVersion
    task_root: Path
    temp_folder: Path
    """The environment's own; created and removed with it."""
    log_stream: str
    host: str
    """Address of its Runtime API."""
    variables: RuntimeVariables


class ExecutionEnvironment:
    """A process, its Runtime API and its output."""

    def __init__(
        self,
        spec: EnvironmentSpec,
        *,
        owner: EnvironmentOwner,
        log: OutputLog,
        children: ChildProcesses,
        clock: Clock,
    ) -> None:
        self.state = EnvironmentState.STARTING
        self.idle_since = 0.0
        self.repeats_init = False
        """Whether an init of the same invocations has timed out before."""
        self.started_at = 0.0
        """Loop time of the process's start."""
        self._spec = spec
        self._owner = owner
        self._log = log
        self._children = children
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._api = RuntimeApi(self, spec.host)
        self._output = ProcessOutput()
        self._process: subprocess.Popen[bytes] | None = None
        self._current: Invocation | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._dispatched_at = 0.0
        """Loop time of the start of the current invocation."""
        self._init_ms: float | None = None
        self._init_failure: InitFailure | None = None
        self._memory_mb = 0
        self._memory_read_at = -_MEMORY_CACHE_S

    @property
    def pid(self) -> int:
        """The process id; 0 before the start."""
        return 0 if self._process is None else self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether its init has succeeded, and it has not ended."""
        return self.state in (EnvironmentState.IDLE, EnvironmentState.BUSY)

    @property
    def is_busy(self) -> bool:
        """Whether an invocation is in progress."""
        return self._current is not None

    @property
    def has_worked(self) -> bool:
        """Whether it has had an invocation."""
        return self._dispatched_at > 0.0

    @property
    def is_returning(self) -> bool:
        """Whether the runtime has answered and not yet requested the next invocation."""
        return self.state is EnvironmentState.BUSY and self._current is None

    # -- start and end

    async def start(self, init_limit_s: float) -> None:
        """Start the process; the owner is called when it is ready or has ended.

        Raises OSError, and CodeUnusable for a handler or variable that no process can get.
        """
        try:
            address = await self._api.open()
            self._spec.temp_folder.mkdir(parents=True, exist_ok=True)
            self.started_at = self._loop.time()
            self._process = self._children.start(
                self._spec.log_stream, partial(self._launch, address)
            )
            pidfd = os.pidfd_open(self._process.pid)
        except (OSError, ValueError) as exc:
            self._kill()
            if self._process is not None:
                self._children.wait(self._process)
            self._api.close()
            self._output.close()
            if isinstance(exc, ValueError):
                raise CodeUnusable(f"no process can be started with these settings: {exc}") from exc
            raise
        self._loop.add_reader(pidfd, self._on_exit, pidfd)
        self._timer = self._loop.call_later(init_limit_s, self._on_init_timeout, init_limit_s)

    def _launch(self, runtime_api: str) -> subprocess.Popen[bytes]:
        spec = self._spec
        variables = spec.variables.build(
            function=spec.function,
            version=spec.version,
            task_root=spec.task_root,
            temp_folder=spec.temp_folder,
            runtime_api=runtime_api,
            log_stream=spec.log_stream,
        )
        # -P: the launcher's own folder is not importable. Own process group: child processes of the
        # function end with it. Same session as the Region: a freeze of the Region includes it.
        return subprocess.Popen(
            [sys.executable, "-P", str(LAUNCHER), str(os.getpid()), spec.version.handler],
            stdin=subprocess.DEVNULL,
            stdout=self._output.descriptor,
            stderr=self._output.descriptor,
            cwd=spec.task_root,
            env=variables,
            process_group=0,
        )

    def stop(self) -> None:
        """End the process at once; Lambda does not warn an idle environment either."""
        if self.state is not EnvironmentState.ENDING:
            self.state = EnvironmentState.ENDING
            self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._kill_child_processes()
            self._process.kill()  # it may have left its process group

    def _on_exit(self, pidfd: int) -> None:
        self._loop.remove_reader(pidfd)
        os.close(pidfd)
        self._kill_child_processes()
        exit_status = self._describe_exit()
        if self.state is EnvironmentState.STARTING and self._init_failure is None:
            payload = failure_payload(
                "Runtime.ExitError", f"Error: Runtime exited with error: {exit_status}"
            )
            self._init_failure = InitFailure(payload=payload)
        self.state = EnvironmentState.ENDING
        if self._current is not None:
            message = (
                f"RequestId: {self._current.id} Error: Runtime exited with error: {exit_status}"
            )
            self._finish(failure_payload("Runtime.ExitError", message), "Unhandled", f"{message}\n")
        self._cancel_timer()
        self._api.close()
        self.flush()
        self._output.close()
        self._owner.environment_ended(self, self._init_failure)
        try:
            self._loop.run_in_executor(None, self._remove_remains)
        except RuntimeError as exc:  # the machine has no room for another thread
            log.warning("%s stays, and what it may run: %s", self._spec.temp_folder, exc)

    def _kill_child_processes(self) -> None:
        """End the processes that the function started and that outlived it."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _remove_remains(self) -> None:
        """End child processes that have left the process group, and remove the folder; blocks."""
        self._children.kill_remains(self._spec.log_stream, clock=SystemClock())
        discard_folder(self._spec.temp_folder)

    def _describe_exit(self) -> str:
        """How the process ended, in Lambda's wording."""
        code = 0 if self._process is None else self._children.wait(self._process)
        if code < 0:
            return f"signal: {signal.strsignal(-code) or -code}".lower()
        return f"exit status {code}"

    def flush(self) -> None:
        """Move the output printed outside of invocations to the log; call it often."""
        if self._current is None:
            self._log.append(self._output.take())
        else:
            self._output.limit_memory()

    def enforce_limits(self) -> None:
        """Kill a process with more than the function's memory, or with too many children, threads.

        Call it often.
        """
        process = None if self._process is None else read_process(self.pid)
        if process is not None and (
            process.memory_bytes > self._spec.version.memory_mb << 20
            or process.threads > MAX_PROCESSES
            or process.threads + count_children(self.pid) > MAX_PROCESSES
        ):
            self._kill()

    # -- calls of the Runtime API

    def owns_socket(self, inode: int) -> bool:
        """Whether the runtime has the socket open; its child processes may not call the API."""
        return has_open_socket(self.pid, inode)

    def next_requested(self) -> None:
        """The runtime requests an event; the first request ends init. Raises RuntimeApiError."""
        if self._current is not None:
            raise RuntimeApiError(403, "InvalidStateTransition", "an invocation is in progress")
        if self.state in (EnvironmentState.ENDING, EnvironmentState.IDLE):
            return  # a repeated request over another connection: the owner knows of it already
        if self.state is EnvironmentState.STARTING:
            self._init_ms = (self._loop.time() - self.started_at) * 1000
        self._cancel_timer()
        self.state = EnvironmentState.IDLE
        self.idle_since = self._loop.time()
        invocation = self._owner.next_invocation(self)
        if invocation is not None:
            self.dispatch(invocation)

    def dispatch(self, invocation: Invocation) -> None:
        """Start an invocation in an idle environment."""
        self.flush()
        self.state = EnvironmentState.BUSY
        self._current = invocation
        self._dispatched_at = self._loop.time()
        timeout_s = self._spec.version.timeout_s
        self._timer = self._loop.call_later(timeout_s, self._on_timeout)
        self._api.send_event(invocation, int((self._clock.now() + timeout_s) * 1000))

    def response_received(self, request_id: str, payload: bytes) -> None:
        """The function returned a response. Raises RuntimeApiError."""
        self._check_current(request_id)
        self._finish(payload, "")

    def error_received(self, request_id: str, payload: bytes) -> None:
        """The function raised; AWS's runtime describes the error. Raises RuntimeApiError."""
        self._check_current(request_id)
        self._finish(payload, "Unhandled")

    def response_too_large(self, limit: int) -> None:
        """The response exceeds the limit; the runtime exits after that."""
        message = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
        self._finish(failure_payload("Function.ResponseSizeTooLarge", message), "Unhandled")

    def init_error_received(self, payload: bytes) -> None:
        """The function's module can't be loaded; the runtime exits after that."""
        self._init_failure = InitFailure(payload=payload)

    def _check_current(self, request_id: str) -> None:
        if self._current is None or self._current.id != request_id:
            raise RuntimeApiError(
                400, "InvalidRequestID", f"request {request_id} is not in progress"
            )

    # -- results

    def _on_timeout(self) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""
        if self._current is None:
            return
        message = f"Task timed out after {self._spec.version.timeout_s:.2f} seconds"
        error = f"RequestId: {self._current.id} Error: {message}"
        line = self._time_out_line(self._current.id)
        self.state = EnvironmentState.ENDING
        self._finish(failure_payload("Sandbox.Timedout", error), "Unhandled", line)
        self._kill()

    def _on_no_return(self, request_id: str) -> None:
        """The runtime hangs after its answer; the time-out is that of the whole invoke phase.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke
        """
        self._log.append(self._time_out_line(request_id).encode())
        self.stop()

    def _time_out_line(self, request_id: str) -> str:
        now = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        timeout_s = self._spec.version.timeout_s
        return f"{now}Z {request_id} Task timed out after {timeout_s:.2f} seconds\n\n"

    def _on_init_timeout(self, limit_s: float) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
        message = f"Error: Task timed out after {limit_s:.2f} seconds"
        self._init_failure = InitFailure(
            payload=failure_payload("Sandbox.Timedout", message), timed_out=True
        )
        line = f"INIT_REPORT Init Duration: {limit_s * 1000:.2f} ms\tPhase: init\tStatus: timeout\n"
        self._log.append(line.encode())
        self.state = EnvironmentState.ENDING
        self._kill()

    def _finish(self, payload: bytes, function_error: str, last_line: str = "") -> None:
        invocation = self._current
        if invocation is None:
            return
        self._current = None
        self._cancel_timer()
        if self.state is EnvironmentState.BUSY:
            left_s = self._dispatched_at + self._spec.version.timeout_s - self._loop.time()
            self._timer = self._loop.call_later(
                max(left_s, _MIN_RETURN_S), self._on_no_return, invocation.id
            )
        result = InvocationResult(
            payload=payload,
            version=self._spec.version.version,
            function_error=function_error,
            log_tail=self._write_log(invocation, last_line)[-TAIL_BYTES:],
            duration_ms=(self._loop.time() - self._dispatched_at) * 1000,
        )
        self._owner.invocation_finished(invocation, result)

    def _write_log(self, invocation: Invocation, last_line: str) -> bytes:
        version = self._spec.version
        lines = b"".join(
            (
                format_start_line(invocation.id, version.version),
                self._output.take(),
                last_line.encode(),
                format_end_lines(
                    invocation.id,
                    duration_ms=(self._loop.time() - self._dispatched_at) * 1000,
                    memory_mb=version.memory_mb,
                    used_mb=self._peak_memory_mb(),
                    init_ms=self._init_ms,
                ),
            )
        )
        self._init_ms = None
        self._log.append(lines)
        return lines

    def _peak_memory_mb(self) -> int:
        """Peak memory of the process in MB, cached for _MEMORY_CACHE_S."""
        now = self._loop.time()
        if now - self._memory_read_at >= _MEMORY_CACHE_S:
            self._memory_read_at = now
            with contextlib.suppress(OSError, StopIteration, ValueError):
                status = Path(f"/proc/{self.pid}/status").read_text()
                line = next(li for li in status.splitlines() if li.startswith("VmHWM:"))
                self._memory_mb = int(line.split()[1]) // 1024
        return self._memory_mb

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
