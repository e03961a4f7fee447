"""The execution environments of one version of a function.

Decides which environment takes an invocation (the one that was used last), when another one is
started, who waits, and when spare ones end. Concurrency limits of the function are not known here,
only this machine's.

Real Lambda starts an environment for every invocation that finds none free. Here the bounds of the
machine stand before it: `limit` environments in all, no more starting at once than it has
processors, and none for an invocation that gets a used one within a few milliseconds. Past them an
invocation waits, up to the function's time-out.
"""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.clock import Clock
from twin.region.lambdas.code_store import CodeStore
from twin.region.lambdas.execution_environment import (
    EnvironmentSpec,
    EnvironmentState,
    ExecutionEnvironment,
    InitFailure,
)
from twin.region.lambdas.function_log import FunctionLog
from twin.region.lambdas.invocation import (
    CodeUnusable,
    Invocation,
    InvocationResult,
    InvokeError,
    Throttled,
    ThrottleReason,
)
from twin.region.lambdas.runtime_env import RuntimeVariables
from twin.topology.model import FunctionVersion

log = logging.getLogger(__name__)

INIT_LIMIT_S = 10.0
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
GROW_AFTER_S = 0.005
"""How long an invocation waits before an environment is started for it. A start costs a processor
for 0.2 s: for a fast function, a longer queue is faster than more processes on the same machine."""
RETURNS_WITHIN_S = 0.25
"""An environment that has answered asks for more within this time, or is not counted on."""
SPARE_FOR_S = 60.0
"""How long an environment that is not kept waits for work before it ends; AWS gives no figure."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolResources:
    """What every pool of a Region shares."""

    code: CodeStore
    surroundings: RuntimeVariables
    clock: Clock
    spawn: Spawn
    """Runs a coroutine in the background of the Region's process."""
    runtime_host: str
    scratch: Path
    new_id: Callable[[], str]
    init_limit_s: float = INIT_LIMIT_S
    spare_for_s: float = SPARE_FOR_S


class EnvironmentPool:
    """Environments of one version, and the invocations that wait for one."""

    def __init__(
        self,
        function: str,
        version: FunctionVersion,
        *,
        works: PoolResources,
        log_file: FunctionLog,
        on_done: Callable[[InvocationResult | None], None],
    ) -> None:
        """Nothing runs yet. `on_done` hears the end of each invocation, None for a refusal."""
        self.function = function
        self.version = version
        self.limit = 1
        self.kept = 0
        """Environments that do not end for want of work, and are started ahead."""
        self._works = works
        self._log_file = log_file
        self._on_done = on_done
        self._loop = asyncio.get_running_loop()
        self._environments: set[ExecutionEnvironment] = set()
        self._idle: list[ExecutionEnvironment] = []
        self._launching = 0
        self._queue: deque[tuple[float, Invocation]] = deque()
        self._retired = False
        self._slow_init = False
        self._look: asyncio.TimerHandle | None = None

    # -- for the function

    @property
    def workers(self) -> int:
        """Environments that are there, the starting ones among them."""
        return len(self._environments) + self._launching

    @property
    def busy(self) -> int:
        """Environments with an invocation."""
        return sum(e.busy for e in self._environments)

    @property
    def closed(self) -> bool:
        """Whether it was retired and nothing of it is left."""
        return self._retired and not self._queue and not self.workers

    def submit(self, invocation: Invocation) -> None:
        """Run it in the environment that was used last, or let it wait for one."""
        if self._idle:
            self._idle.pop().hand(invocation)
            return
        self._queue.append((self._loop.time(), invocation))
        if not self.workers:
            self._grow(1)
        elif self._look is None:
            self._look = self._loop.call_later(GROW_AFTER_S, self._look_at_queue)

    def keep(self, environments: int, *, limit: int) -> None:
        """Start this many ahead, and never let them end for want of work."""
        self.kept = min(environments, limit)
        self.limit = limit
        self._grow(self.kept - self.workers + self._starting())

    def retire(self) -> None:
        """Finish what was accepted, then end; nothing new comes."""
        self._retired = True
        self.kept = 0
        self._stop_idle()

    def kill(self) -> None:
        """End everything at once."""
        self.retire()
        while self._queue:
            self._refuse(self._queue.popleft()[1], Throttled(ThrottleReason.CONCURRENT))
        for environment in tuple(self._environments):
            environment.stop()

    def tick(self) -> None:
        """To be called several times a second: see to those who wait, spare ones, printed lines."""
        now = self._loop.time()
        self._expire(now)
        while self._idle and self.workers > self.kept:
            oldest = self._idle[
                0
            ]  # the last in use is the first to be used: the first idles longest
            if not self._retired and now - oldest.idle_since < self._works.spare_for_s:
                break
            self._idle.pop(0)
            oldest.stop()
        for environment in self._environments:
            environment.flush()

    def _stop_idle(self) -> None:
        while self._idle:
            self._idle.pop().stop()

    def _expire(self, now: float) -> None:
        """Refuse who has waited as long as the function may take, unless one is just starting."""
        if self._starting():
            return
        while self._queue and now - self._queue[0][0] > self.version.timeout_s:
            self._refuse(self._queue.popleft()[1], Throttled(ThrottleReason.CONCURRENT))

    # -- for the environments

    def ready(self, environment: ExecutionEnvironment) -> Invocation | None:
        """The invocation that has waited longest, if any."""
        self._slow_init = False
        if self._queue:
            return self._queue.popleft()[1]
        if self._retired:
            environment.stop()
        else:
            self._idle.append(environment)
        return None

    def finished(self, invocation: Invocation, outcome: InvocationResult) -> None:
        """Tell the caller."""
        if not invocation.future.done():
            invocation.future.set_result(outcome)
        self._on_done(outcome)

    def gone(self, environment: ExecutionEnvironment, why: InitFailure | None) -> None:
        """Start another one if it is needed."""
        self._environments.discard(environment)
        if environment in self._idle:
            self._idle.remove(environment)
        if why is None:
            self._grow(max(len(self._queue), self.kept - self.workers + self._starting()))
        else:
            self._init_failed(why)

    def _init_failed(self, why: InitFailure) -> None:
        """Tell those who have nobody else to wait for; the next invocation tries again.

        An init that took too long is tried once more for those who wait, within the function's
        own time-out:
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
        """
        if self.workers:
            return
        if why.timed_out and not self._slow_init:
            self._slow_init = True
            self._grow(len(self._queue))
            return
        self._slow_init = False
        outcome = InvocationResult(
            payload=why.payload, version=self.version.version, function_error="Unhandled"
        )
        while self._queue:
            self.finished(self._queue.popleft()[1], outcome)

    # -- growing

    def _look_at_queue(self) -> None:
        """Start environments for those who have waited, and look again while somebody waits.

        One that has answered and is about to ask for more is as good as a new one: on a loaded
        machine it may take a while to do so, and more processes would make that worse.
        """
        self._look = None
        if self._queue:
            returning = sum(e.is_returning for e in self._environments)
            waited, long_waited = self._waited(GROW_AFTER_S), self._waited(RETURNS_WITHIN_S)
            self._grow(max(waited - returning, long_waited))
            self._look = self._loop.call_later(GROW_AFTER_S, self._look_at_queue)

    def _waited(self, seconds: float) -> int:
        """How many in the queue have waited this long."""
        since = self._loop.time() - seconds
        return sum(queued_at <= since for queued_at, _ in self._queue)

    def _starting(self) -> int:
        begun = sum(e.state is EnvironmentState.STARTING for e in self._environments)
        return self._launching + begun

    def _grow(self, wanted: int) -> None:
        """Have this many environments on their way, as far as the machine's bounds let."""
        if wanted <= 0:
            return
        starting = self._starting()
        room = min(self.limit - self.workers, (os.cpu_count() or 1) - starting)
        for _ in range(min(wanted - starting, room)):
            self._launching += 1
            self._works.spawn(self._start_one())

    async def _start_one(self) -> None:
        works = self._works
        number = works.new_id()
        try:
            task_root = await works.code.unpacked(self.version.code_sha256)
            build = EnvironmentSpec(
                function=self.function,
                version=self.version,
                task_root=task_root,
                scratch=works.scratch / number,
                log_stream=f"[{self.version.version}]{number.replace('-', '')}",
                host=works.runtime_host,
                surroundings=works.surroundings,
            )
            environment = ExecutionEnvironment(
                build, owner=self, log=self._log_file, clock=works.clock
            )
            await environment.start(
                self.version.timeout_s if self._slow_init else works.init_limit_s
            )
        except (CodeUnusable, OSError) as exc:
            self._launching -= 1
            self._could_not_start(exc)
            return
        self._launching -= 1
        self._environments.add(environment)
        if self._retired and not self._queue:
            environment.stop()

    def _could_not_start(self, exc: CodeUnusable | OSError) -> None:
        log.error("function %s, version %s: %s", self.function, self.version.version, exc)
        if self.workers:
            return
        error = exc if isinstance(exc, InvokeError) else CodeUnusable(str(exc))
        while self._queue:
            self._refuse(self._queue.popleft()[1], error)

    def _refuse(self, invocation: Invocation, error: InvokeError) -> None:
        if not invocation.future.done():
            invocation.future.set_exception(error)
        self._on_done(None)
