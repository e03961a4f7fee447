"""A prober in a process of its own, and its file of samples.

Decides how the process starts and ends. Whoever shows the run live reads the file through `tail`:
the file is between them, so that a slow view never delays the prober. Why a process and not a
thread: docs/measurements.md has the figures.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
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
"""So long it may take to end, beside the wait for the requests that are under way."""
PAUSE_S = 0.02
ROOT = Path(__file__).parents[2]
"""Where `muster` can be imported from, wherever the starter stands."""


class ProberProcess:
    """A running prober. Use as `async with await ProberProcess.start(...) as prober`."""

    def __init__(self, process: Process, path: Path, *, longest_wait_s: float) -> None:
        """Made by `start`."""
        self._process = process
        self._longest_wait_s = longest_wait_s
        self.path = path

    @classmethod
    async def start(cls, plan: ProbePlan, path: Path, *, clock: Clock) -> Self:
        """Start a prober that appends to the new file `path`; back when it begins to send.

        Raises PlanError, and ProbeFailed with what the process said.
        """
        check_probe_plan(plan)
        path = _fresh(path)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "muster.probe", "--plan", "-", "--lifeline"),
            *("--out", str(path)),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            cwd=ROOT,
            start_new_session=True,  # Ctrl-C of the terminal is the starter's to handle
        )
        prober = cls(process, path, longest_wait_s=plan.total_timeout_s)
        try:
            await prober._begin(plan, clock)
        except BaseException:
            await prober.stop()
            raise
        return prober

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self._process.returncode is None

    def tail(self) -> RecordTail:
        """A reader of the file, from its start."""
        return RecordTail(self.path)

    async def wait(self) -> None:
        """Until it has ended as planned, or was stopped. Raises ProbeFailed."""
        code = await self._process.wait()
        if code != 0:
            raise ProbeFailed(f"the prober ended with {code}: {await self._said()}")

    async def stop(self) -> None:
        """End its schedule; back when all that was under way has come to its outcome.

        Nothing if it has ended. One that does not end is killed, and leaves no closing record.
        """
        if self._process.stdin is not None:
            self._process.stdin.close()  # its lifeline
        try:
            async with asyncio.timeout(self._longest_wait_s + STOP_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def __aenter__(self) -> Self:
        """The prober itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        await self.stop()

    async def _begin(self, plan: ProbePlan, clock: Clock) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for by `start`
        self._process.stdin.write(codec.dumps(plan).encode() + b"\n")
        deadline_s = clock.monotonic() + START_TIMEOUT_S
        tail = self.tail()
        while not any(isinstance(record, Opening) for record in tail.read()):
            if not self.running:
                raise ProbeFailed(f"the prober did not start: {await self._said()}")
            if clock.monotonic() > deadline_s:
                raise ProbeFailed(f"the prober did not start within {START_TIMEOUT_S:.0f} s")
            await clock.sleep(PAUSE_S)

    async def _said(self) -> str:
        assert self._process.stderr is not None  # noqa: S101 - asked for by `start`
        said = (await self._process.stderr.read()).decode(errors="replace").strip()
        return said or "it said nothing"


def _fresh(path: Path) -> Path:
    if path.exists():
        raise ProbeFailed(f"{path} is there already; give each run a file of its own")
    return path.absolute()
