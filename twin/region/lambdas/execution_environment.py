"""One execution environment: a process that runs the deployed code under AWS's runtime.

Decides when it is ready, busy or gone, how long it may take, and what the caller is told when it
fails. Which invocation it gets next, and whether another one is started, is its owner's business.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from common.clock import Clock
from twin.region.lambdas.function_log import (
    TAIL_BYTES,
    FunctionLog,
    ProcessOutput,
    format_end_lines,
    format_start_line,
)
from twin.region.lambdas.invocation import Invocation, InvocationResult, failure_payload
from twin.region.lambdas.runtime_api import RuntimeApi, RuntimeApiError
from twin.region.lambdas.runtime_env import RuntimeVariables
from twin.topology.model import FunctionVersion

LAUNCHER = Path(__file__).with_name("launcher.py")
_MEMORY_EVERY_S = 1.0


class EnvironmentState(StrEnum):
    """Where an environment stands."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    ENDING = "ending"
    """Killed, or ended by itself; the process may still be there for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitFailure:
    """Why an environment never became ready."""

    payload: bytes
    """As a caller who waits for it is told."""
    timed_out: bool = False


class EnvironmentOwner(Protocol):
    """Who has the environment."""

    def ready(self, environment: "ExecutionEnvironment") -> Invocation | None:
        """It asks for work: an invocation, or None when it has to wait for `hand`."""
        ...

    def finished(self, invocation: Invocation, outcome: InvocationResult) -> None:
        """An invocation has its outcome."""
        ...

    def gone(self, environment: "ExecutionEnvironment", why: InitFailure | None) -> None:
        """Its process has ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSpec:
    """What an environment is made of."""

    function: str
    version: FunctionVersion
    task_root: Path
    scratch: Path
    """Its own folder for temporary files; made and removed with it."""
    log_stream: str
    host: str
    """Where its Runtime API listens."""
    surroundings: RuntimeVariables


class ExecutionEnvironment:
    """A process, its Runtime API and its output."""

    def __init__(
        self, build: EnvironmentSpec, *, owner: EnvironmentOwner, log: FunctionLog, clock: Clock
    ) -> None:
        """Nothing runs before `start`."""
        self.state = EnvironmentState.STARTING
        self.idle_since = 0.0
        self._build = build
        self._owner = owner
        self._log = log
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._api = RuntimeApi(self, build.host)
        self._output = ProcessOutput()
        self._process: subprocess.Popen[bytes] | None = None
        self._current: Invocation | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._began = 0.0
        self._init_ms: float | None = None
        self._init_failure: InitFailure | None = None
        self._memory_mb = 0
        self._memory_read = -_MEMORY_EVERY_S

    @property
    def pid(self) -> int:
        """Of its process; 0 before it has one."""
        return 0 if self._process is None else self._process.pid

    @property
    def busy(self) -> bool:
        """Whether it has an invocation without an outcome."""
        return self._current is not None

    @property
    def is_returning(self) -> bool:
        """Whether it has answered and not yet asked for more."""
        return self.state is EnvironmentState.BUSY and self._current is None

    # -- beginning and end

    async def start(self, init_limit_s: float) -> None:
        """Start the process; the owner hears when it is ready or gone. Raises OSError."""
        try:
            address = await self._api.open()
            self._build.scratch.mkdir(parents=True, exist_ok=True)
            self._began = self._loop.time()
            self._process = self._launch(address)
        except OSError:
            self._api.close()
            self._output.close()
            raise
        watched = os.pidfd_open(self._process.pid)
        self._loop.add_reader(watched, self._exited, watched)
        self._timer = self._loop.call_later(init_limit_s, self._init_timed_out, init_limit_s)

    def _launch(self, runtime_api: str) -> subprocess.Popen[bytes]:
        build = self._build
        variables = build.surroundings.variables(
            function=build.function,
            version=build.version,
            task_root=build.task_root,
            scratch=build.scratch,
            runtime_api=runtime_api,
            log_stream=build.log_stream,
        )
        # -P: the launcher's own folder is not importable. A process group of its own: what the
        # function starts ends with it; in the Region's session: so that a freeze holds it too.
        return subprocess.Popen(
            [sys.executable, "-P", str(LAUNCHER), str(os.getpid()), build.version.handler],
            stdin=subprocess.DEVNULL,
            stdout=self._output.descriptor,
            stderr=self._output.descriptor,
            cwd=build.task_root,
            env=variables,
            process_group=0,
        )

    def stop(self) -> None:
        """End the process at once; an idle one gets no warning in Lambda either."""
        if self.state is not EnvironmentState.ENDING:
            self.state = EnvironmentState.ENDING
            self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _exited(self, watched: int) -> None:
        self._loop.remove_reader(watched)
        os.close(watched)
        self._kill_stragglers()
        ended = self._ending()
        if self.state is EnvironmentState.STARTING and self._init_failure is None:
            payload = failure_payload(
                "Runtime.ExitError", f"Error: Runtime exited with error: {ended}"
            )
            self._init_failure = InitFailure(payload=payload)
        self.state = EnvironmentState.ENDING
        if self._current is not None:
            message = f"RequestId: {self._current.id} Error: Runtime exited with error: {ended}"
            self._finish(failure_payload("Runtime.ExitError", message), "Unhandled", f"{message}\n")
        self._disarm()
        self._api.close()
        self.flush()
        self._output.close()
        self._loop.run_in_executor(None, shutil.rmtree, self._build.scratch, True)
        self._owner.gone(self, self._init_failure)

    def _kill_stragglers(self) -> None:
        """What the function started, and left behind."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _ending(self) -> str:
        """How the process ended, in Lambda's words."""
        code = 0 if self._process is None else self._process.wait()
        if code < 0:
            return f"signal: {signal.strsignal(-code) or -code}".lower()
        return f"exit status {code}"

    def flush(self) -> None:
        """Move what was printed outside of invocations to the log."""
        if self._current is None:
            self._log.append(self._output.take())

    # -- the Runtime API's side

    def asks_for_work(self) -> None:
        """The runtime is ready for an event; the first time is what makes it ready. ApiError."""
        if self._current is not None:
            raise RuntimeApiError(403, "InvalidStateTransition", "an invocation is in progress")
        if self.state in (EnvironmentState.ENDING, EnvironmentState.IDLE):
            return  # an idle one asks over another connection: its owner knows of it already
        if self.state is EnvironmentState.STARTING:
            self._init_ms = (self._loop.time() - self._began) * 1000
            self._disarm()
        self.state = EnvironmentState.IDLE
        self.idle_since = self._loop.time()
        invocation = self._owner.ready(self)
        if invocation is not None:
            self.hand(invocation)

    def hand(self, invocation: Invocation) -> None:
        """Give an idle environment its next invocation."""
        self.flush()
        self.state = EnvironmentState.BUSY
        self._current = invocation
        self._began = self._loop.time()
        limit_s = self._build.version.timeout_s
        self._timer = self._loop.call_later(limit_s, self._timed_out)
        self._api.send_event(invocation, int((self._clock.now() + limit_s) * 1000))

    def answered(self, request_id: str, payload: bytes) -> None:
        """The function's answer. Raises ApiError."""
        self._must_be_current(request_id)
        self._finish(payload, "")

    def failed(self, request_id: str, payload: bytes) -> None:
        """The function raised; AWS's runtime describes how. Raises ApiError."""
        self._must_be_current(request_id)
        self._finish(payload, "Unhandled")

    def answer_too_large(self, limit: int) -> None:
        """The runtime does not survive this; the caller is told why."""
        message = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
        self._finish(failure_payload("Function.ResponseSizeTooLarge", message), "Unhandled")

    def init_failed(self, payload: bytes) -> None:
        """The module can't be loaded; the runtime ends by itself."""
        self._init_failure = InitFailure(payload=payload)

    def _must_be_current(self, request_id: str) -> None:
        if self._current is None or self._current.id != request_id:
            raise RuntimeApiError(
                400, "InvalidRequestID", f"request {request_id} is not in progress"
            )

    # -- outcomes

    def _timed_out(self) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""
        if self._current is None:
            return
        message = f"Task timed out after {self._build.version.timeout_s:.2f} seconds"
        now = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        described = f"RequestId: {self._current.id} Error: {message}"
        line = f"{now}Z {self._current.id} {message}\n\n"
        self.state = EnvironmentState.ENDING
        self._finish(failure_payload("Sandbox.Timedout", described), "Unhandled", line)
        self._kill()

    def _init_timed_out(self, limit_s: float) -> None:
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
        self._disarm()
        outcome = InvocationResult(
            payload=payload,
            version=self._build.version.version,
            function_error=function_error,
            log_tail=self._write_log(invocation, last_line)[-TAIL_BYTES:],
            duration_ms=(self._loop.time() - self._began) * 1000,
        )
        self._owner.finished(invocation, outcome)

    def _write_log(self, invocation: Invocation, last_line: str) -> bytes:
        version = self._build.version
        lines = b"".join(
            (
                format_start_line(invocation.id, version.version),
                self._output.take(),
                last_line.encode(),
                format_end_lines(
                    invocation.id,
                    duration_ms=(self._loop.time() - self._began) * 1000,
                    memory_mb=version.memory_mb,
                    used_mb=self._memory_used(),
                    init_ms=self._init_ms,
                ),
            )
        )
        self._init_ms = None
        self._log.append(lines)
        return lines

    def _memory_used(self) -> int:
        """Most memory that the process had (MB); read at most once a second."""
        now = self._loop.time()
        if now - self._memory_read >= _MEMORY_EVERY_S:
            self._memory_read = now
            with contextlib.suppress(OSError, StopIteration, ValueError):
                status = Path(f"/proc/{self.pid}/status").read_text()
                line = next(li for li in status.splitlines() if li.startswith("VmHWM:"))
                self._memory_mb = int(line.split()[1]) // 1024
        return self._memory_mb

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
