"""The execution environments of one version of a function, and the queue of its invocations.

An invocation goes to the idle environment that was used last. Without an idle one it waits in the
queue, and the pool starts another environment. Idle environments end after a time-out.

Real Lambda starts an environment for every invocation that finds none idle. Here the machine sets
limits: `limit` environments in all, no more starting at once than there are processors, and none
for an invocation that gets a used environment within a few milliseconds, or, while all processors
are busy, within some tenths of a second: more processes would then make every one of them slower.
An invocation waits in the queue up to the function's time-out. The function's concurrency limits
are checked before, in twin.region.lambdas.functions.

A queue that is served in order may never recover from an overload: by its turn each invocation is
so old that its caller has given up, and the work is for nobody. So once the oldest has waited for a
second, the newest comes first: its caller still waits (adaptive LIFO,
https://queue.acm.org/detail.cfm?id=2839461).
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
from twin.region.lambdas.child_processes import ChildProcesses
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
from twin.region.lambdas.log_delivery import EnvironmentLog, LogDelivery
from twin.region.lambdas.runtime_env import (
    RuntimeVariables,
    log_group_name,
    log_stream_name,
)
from twin.topology.model import FunctionVersion

log = logging.getLogger(__name__)

INIT_LIMIT_S = 10.0
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
START_AFTER_S = 0.005
"""How long an invocation waits before an environment is started for it. A start takes 0.2 s of
processor time: for a fast function, a longer queue is faster than more processes."""
SATURATED_START_AFTER_S = 0.3
"""The same while all processors are busy."""
RETURN_TIMEOUT_S = 0.25
"""How long the pool waits for an environment that has answered to request the next invocation."""
OVERLOADED_AFTER_S = 1.0
"""How long the oldest invocation may wait before the newest come first. Below the time-outs of
health checks and of most clients."""
IDLE_TIMEOUT_S = 60.0
"""How long an environment that is not kept warm may be idle; AWS gives no figure."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolResources:
    """What all pools of a Region share."""

    code: CodeStore
    children: ChildProcesses
    variables: RuntimeVariables
    clock: Clock
    spawn: Spawn
    """Runs a coroutine in the background of the Region's process."""
    runtime_host: str
    temp_folder: Path
    new_id: Callable[[], str]
    delivery: LogDelivery
    is_saturated: Callable[[], bool]
    """Whether all processors of the machine are busy."""
    init_limit_s: float = INIT_LIMIT_S
    idle_timeout_s: float = IDLE_TIMEOUT_S
    overloaded_after_s: float = OVERLOADED_AFTER_S


class EnvironmentPool:
    """The environments of one version, and the invocations that wait for one."""

    def __init__(
        self,
        function: str,
        version: FunctionVersion,
        *,
        resources: PoolResources,
        log_file: FunctionLog,
        on_done: Callable[[InvocationResult | None], None],
    ) -> None:
        """`on_done` gets the result of each invocation, or None if it was rejected."""
        self.function = function
        self.version = version
        self.limit = 1
        self._kept_warm = 0
        """Environments that are started in advance, and not ended when idle."""
        self._resources = resources
        self._log_file = log_file
        self._on_done = on_done
        self._loop = asyncio.get_running_loop()
        self._environments: set[ExecutionEnvironment] = set()
        self._idle: list[ExecutionEnvironment] = []
        self._launching = 0
        self._queue: deque[tuple[float, Invocation]] = deque()
        self._retired = False
        self._init_timed_out = False
        self._queue_timer: asyncio.TimerHandle | None = None

    # -- for the function

    @property
    def size(self) -> int:
        """Environments, including the starting ones."""
        return len(self._environments) + self._launching

    @property
    def busy_count(self) -> int:
        """Environments with an invocation."""
        return sum(e.is_busy for e in self._environments)

    @property
    def is_closed(self) -> bool:
        """Whether the pool is retired and has neither environments nor waiting invocations."""
        return self._retired and not self._queue and not self.size

    def submit(self, invocation: Invocation) -> None:
        """Run the invocation in the environment that was used last, or queue it."""
        if self._idle:
            self._idle.pop().dispatch(invocation)
            return
        self._queue.append((self._loop.time(), invocation))
        if not self.size:
            self._start_environments(1)
        elif self._queue_timer is None:
            self._queue_timer = self._loop.call_later(START_AFTER_S, self._check_queue)

    def keep_warm(self, environments: int, *, limit: int) -> None:
        """Start this many environments in advance, and don't end them when they are idle."""
        self._kept_warm = min(environments, limit)
        self.limit = limit
        self._start_environments(self._kept_warm - self.size + self._starting_count())

    def retire(self) -> None:
        """Finish the accepted invocations, then end; no more are submitted."""
        self._retired = True
        self._kept_warm = 0
        self._stop_idle()

    def kill(self) -> None:
        """End all environments at once, and reject the waiting invocations."""
        self.retire()
        while self._queue:
            self._reject(self._queue.popleft()[1], Throttled(ThrottleReason.CONCURRENT))
        for environment in tuple(self._environments):
            environment.stop()

    def tick(self) -> None:
        """Reject expired invocations, end idle environments, flush logs, enforce limits.

        Call it often.
        """
        now = self._loop.time()
        self._reject_expired(now)
        while self._idle and self.size > self._kept_warm:
            oldest = self._idle[0]  # the list is a stack: its first element has idled longest
            idle_timeout_s = self._resources.idle_timeout_s
            if not self._retired and now - oldest.idle_since < idle_timeout_s:
                break
            self._idle.pop(0)
            oldest.stop()
        for environment in self._environments:
            environment.flush()
            environment.enforce_limits()

    def _stop_idle(self) -> None:
        while self._idle:
            self._idle.pop().stop()

    def _reject_expired(self, now: float) -> None:
        """Reject invocations that waited for the function's time-out.

        The first invocations also wait for the start of an environment, however long it takes.
        """
        if self._starting_count() and not any(e.is_ready for e in self._environments):
            return
        while self._queue and now - self._queue[0][0] > self.version.timeout_s:
            self._reject(self._queue.popleft()[1], Throttled(ThrottleReason.CONCURRENT))

    # -- for the environments

    def next_invocation(self, environment: ExecutionEnvironment) -> Invocation | None:
        """The next one of the queue; without one the environment becomes idle."""
        self._init_timed_out = False
        if self._queue:
            return self._take_queued()
        if self._retired:
            environment.stop()
        else:
            self._idle.append(environment)
        return None

    def _take_queued(self) -> Invocation:
        """The invocation that has waited longest, or in an overload the newest."""
        waited_s = self._loop.time() - self._queue[0][0]
        overloaded = waited_s > self._resources.overloaded_after_s
        return (self._queue.pop() if overloaded else self._queue.popleft())[1]

    def invocation_finished(self, invocation: Invocation, result: InvocationResult) -> None:
        if not invocation.future.done():
            invocation.future.set_result(result)
        self._on_done(result)

    def environment_ended(
        self, environment: ExecutionEnvironment, failure: InitFailure | None
    ) -> None:
        """Start another environment if one is needed.

        Not to keep one warm if this one has ended before its first invocation: the next one would
        do so too, and take a processor for ever.
        """
        self._environments.discard(environment)
        if environment in self._idle:
            self._idle.remove(environment)
        if failure is None:
            missing = self._kept_warm - self.size + self._starting_count()
            self._start_environments(
                max(len(self._queue), missing if environment.has_worked else 0)
            )
        else:
            self._handle_init_failure(environment, failure)

    def _handle_init_failure(self, environment: ExecutionEnvironment, failure: InitFailure) -> None:
        """Fail the invocations that already waited when this environment was started.

        Not while another environment has become ready: that one will serve them. Later invocations
        have environments of their own, which may be starting now: if the earlier ones waited for
        these too, concurrent callers of a broken function would never get an answer.

        An init that timed out is repeated once for the waiting invocations, within the function's
        own time-out:
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
        """
        if any(e.is_ready for e in self._environments):
            return
        if failure.timed_out and not environment.repeats_init:
            self._init_timed_out = True
            self._start_environments(len(self._queue))
            return
        if not self.size:
            self._init_timed_out = False
        result = InvocationResult(
            payload=failure.payload, version=self.version.version, function_error="Unhandled"
        )
        while self._queue and (not self.size or self._queue[0][0] <= environment.started_at):
            self.invocation_finished(self._queue.popleft()[1], result)

    # -- starting environments

    def _check_queue(self) -> None:
        """Start environments for invocations that have waited; repeat while any waits.

        An environment that has answered and is about to request the next invocation counts as a new
        one: on a loaded machine that takes a while, and more processes would make it worse.
        """
        self._queue_timer = None
        if self._queue:
            self._start_environments(self._count_missing())
            self._queue_timer = self._loop.call_later(START_AFTER_S, self._check_queue)

    def _count_missing(self) -> int:
        """How many more environments the queue justifies."""
        if self._resources.is_saturated():
            return self._count_waiting(SATURATED_START_AFTER_S)
        returning = sum(e.is_returning for e in self._environments)
        waiting = self._count_waiting(START_AFTER_S)
        return max(waiting - returning, self._count_waiting(RETURN_TIMEOUT_S))

    def _count_waiting(self, seconds: float) -> int:
        """How many invocations have been in the queue for this long."""
        since = self._loop.time() - seconds
        return sum(queued_at <= since for queued_at, _ in self._queue)

    def _starting_count(self) -> int:
        initializing = sum(e.state is EnvironmentState.STARTING for e in self._environments)
        return self._launching + initializing

    def _start_environments(self, wanted: int) -> None:
        """Start environments until `wanted` are starting, within the machine's limits."""
        if wanted <= 0:
            return
        starting = self._starting_count()
        allowed = min(self.limit - self.size, (os.cpu_count() or 1) - starting)
        for _ in range(min(wanted - starting, allowed)):
            self._launching += 1
            self._resources.spawn(self._start_environment())

    async def _start_environment(self) -> None:
        resources = self._resources
        number = resources.new_id()
        failure: CodeUnusable | OSError | None = None
        try:
            task_root = await resources.code.unpack(self.version.code_sha256)
            spec = EnvironmentSpec(
                function=self.function,
                version=self.version,
                task_root=task_root,
                temp_folder=resources.temp_folder / number,
                log_stream=log_stream_name(resources.clock.now(), self.version.version, number),
                host=resources.runtime_host,
                variables=resources.variables,
            )
            log_of_environment = EnvironmentLog(
                file=self._log_file,
                delivery=resources.delivery,
                function=self.function,
                group=log_group_name(self.function, self.version),
                stream=spec.log_stream,
            )
            environment = ExecutionEnvironment(
                spec,
                owner=self,
                log=log_of_environment,
                children=resources.children,
                clock=resources.clock,
            )
            environment.repeats_init = self._init_timed_out
            await environment.start(
                self.version.timeout_s if self._init_timed_out else resources.init_limit_s
            )
            self._environments.add(environment)
            if self._retired and not self._queue:
                environment.stop()
        except (CodeUnusable, OSError) as exc:
            failure = exc
        finally:
            self._launching -= 1
        if failure is not None:
            self._handle_start_failure(failure)

    def _handle_start_failure(self, exc: CodeUnusable | OSError) -> None:
        log.error("function %s, version %s: %s", self.function, self.version.version, exc)
        if self.size:
            return
        error = exc if isinstance(exc, InvokeError) else CodeUnusable(str(exc))
        while self._queue:
            self._reject(self._queue.popleft()[1], error)

    def _reject(self, invocation: Invocation, error: InvokeError) -> None:
        if not invocation.future.done():
            invocation.future.set_exception(error)
        self._on_done(None)
