"""Run a prober in a process of its own, which writes its records to a file.

Decides how the process starts and ends. A live view reads the file through `tail`, so that a slow
view never delays the prober. docs/drills/measurements.md has the figures for a process instead of a
thread.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from common.clock import Clock
from muster import codec
from muster.errors import ProbeFailed
from muster.probe.plan import ProbePlan, check_probe_plan
from muster.probe.records import Opening, RecordTail

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
"""Time that the process may take to end, after the time-out of the last requests."""
POLL_S = 0.02
ROOT = Path(__file__).parents[2]
"""Working folder of the process, from which `muster` can be imported."""


class ProberProcess:
    """A running prober. Use as `async with await ProberProcess.start(...) as prober`."""

    def __init__(self, process: Process, path: Path, *, longest_wait_s: float) -> None:
        self._process = process
        self._longest_wait_s = longest_wait_s
        self.path = path

    @classmethod
    async def start(cls, plan: ProbePlan, path: Path, *, clock: Clock) -> Self:
        """Start a prober that writes to the new file `path`, and wait until its run begins.

        Raises InvalidProbePlan, and ProbeFailed with the standard error of the process.
        """
        check_probe_plan(plan)
        path = _unused(path)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "muster.probe", "--plan", "-", "--lifeline"),
            *("--out", str(path)),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            cwd=ROOT,
            start_new_session=True,  # a terminal's Ctrl-C is handled by the starter alone
        )
        prober = cls(process, path, longest_wait_s=plan.total_timeout_s)
        async with AsyncExitStack() as on_error:
            on_error.push_async_callback(prober.stop)
            await prober._begin(plan, clock)
            on_error.pop_all()
        return prober

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    def tail(self) -> RecordTail:
        """A reader of the records, from the file's start."""
        return RecordTail(self.path)

    async def wait(self) -> None:
        """Wait until it has ended as planned or was stopped. Raises ProbeFailed."""
        code = await self._process.wait()
        if code != 0:
            raise ProbeFailed(f"the prober ended with {code}: {await self._stderr()}")

    async def stop(self) -> None:
        """End the schedule and wait for the requests under way; does nothing if it has ended.

        A process that does not end in time is killed, and writes no closing record.
        """
        if self._process.stdin is not None:
            self._process.stdin.close()  # a prober with --lifeline stops then
        try:
            async with asyncio.timeout(self._longest_wait_s + STOP_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _begin(self, plan: ProbePlan, clock: Clock) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for by `start`
        self._process.stdin.write(codec.dumps(plan).encode() + b"\n")
        deadline_s = clock.monotonic() + START_TIMEOUT_S
        tail = self.tail()
        while not any(isinstance(record, Opening) for record in tail.read()):
            if not self.is_running:
                raise ProbeFailed(f"the prober did not start: {await self._stderr()}")
            if clock.monotonic() > deadline_s:
                raise ProbeFailed(f"the prober did not start within {START_TIMEOUT_S:.0f} s")
            await clock.sleep(POLL_S)

    async def _stderr(self) -> str:
        assert self._process.stderr is not None  # noqa: S101 - asked for by `start`
        text = (await self._process.stderr.read()).decode(errors="replace").strip()
        return text or "no error output"


def _unused(path: Path) -> Path:
    if path.exists():
        raise ProbeFailed(f"{path} is there already; give each run a file of its own")
    return path.absolute()
