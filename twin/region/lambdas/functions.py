"""The functions of one Region: names to versions, concurrency, counts.

Decides which pool runs an invocation and whether the function may run one more. Who may invoke is
asked elsewhere; what an event means is not known here.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from twin.core.functions import choose_version, possible_versions
from twin.internal_api.schemas import FunctionStatus, MetricSample, StatisticSet
from twin.region.ids import IdGenerator
from twin.region.lambdas.function_log import FunctionLog
from twin.region.lambdas.invocation import (
    FunctionNotFound,
    Invocation,
    InvocationResult,
    Throttled,
    ThrottleReason,
)
from twin.region.lambdas.metrics import (
    CONCURRENT,
    ConcurrencyGauge,
    FunctionTallies,
    function_samples,
)
from twin.region.lambdas.pool import EnvironmentPool, PoolResources
from twin.runtime.instance import Instance
from twin.topology.model import LambdaFunction


class HostedFunction:
    """One function, its versions' pools and its counts."""

    def __init__(
        self,
        function: LambdaFunction,
        *,
        works: PoolResources,
        log_file: FunctionLog,
        ids: IdGenerator,
        of_all: ConcurrencyGauge,
    ) -> None:
        """Nothing runs before `follow`. `of_all` is that of all functions of the Region."""
        self.function = function
        self._works = works
        self._log_file = log_file
        self._ids = ids
        self._loop = asyncio.get_running_loop()
        self._pools: dict[str, EnvironmentPool] = {}
        self._leaving: list[EnvironmentPool] = []
        self._limit = 1
        self._left = False
        self._in_flight = 0
        self._invocations = self._errors = self._throttles = 0
        self._tallies = FunctionTallies()
        self._concurrency = (ConcurrencyGauge(), of_all)

    # -- configuration

    def follow(self, function: LambdaFunction, *, wanted: frozenset[str], limit: int) -> None:
        """Take over a configuration. `wanted` qualifiers get an environment started ahead.

        A version whose code or configuration changed gets new environments; the old ones finish
        what they have been given.
        """
        self.function = function
        reserved = function.reserved_concurrency
        self._limit = limit if reserved is None else min(limit, reserved)
        current = {version.version: version for version in function.versions}
        for name, pool in tuple(self._pools.items()):
            if current.get(name) != pool.version:
                self._retire(name)
        ahead = {name for qualifier in wanted for name in possible_versions(function, qualifier)}
        for name in current.keys() & (ahead | self._pools.keys()):
            self._pool(name).keep(1 if name in ahead else 0, limit=self._limit)

    def _pool(self, name: str) -> EnvironmentPool:
        pool = self._pools.get(name)
        if pool is None:
            version = next(v for v in self.function.versions if v.version == name)
            pool = self._pools[name] = EnvironmentPool(
                self.function.name,
                version,
                works=self._works,
                log_file=self._log_file,
                on_done=self._done,
            )
            pool.limit = self._limit
        return pool

    def _retire(self, name: str) -> None:
        pool = self._pools.pop(name)
        pool.retire()
        self._leaving.append(pool)

    def leave(self) -> None:
        """The function was deleted: finish what runs, take no more."""
        self._left = True
        for name in tuple(self._pools):
            self._retire(name)

    def kill(self) -> None:
        """End all environments at once."""
        for pool in self._all():
            pool.kill()
        self._log_file.close()

    # -- work

    def submit(
        self,
        qualifier: str,
        event: bytes,
        *,
        trace_root: str = "",
        client_context: str = "",
        draw: float = 0.0,
        request_id: str = "",
    ) -> "asyncio.Future[InvocationResult]":
        """The outcome of an invocation, once there is one. Raises InvokeError.

        The future itself may fail with InvokeError as well, after having waited.
        """
        version = None if self._left else choose_version(self.function, qualifier, draw)
        if version is None:
            raise FunctionNotFound(f"Function not found: {self.arn(qualifier)}")
        self._check_concurrency()
        request_id = request_id or self._ids.request_id()
        root = trace_root or self._ids.trace_id()
        invocation = Invocation(
            id=request_id,
            event=event,
            arn=self.arn(qualifier),
            trace_id=f"Root={root};Parent={request_id[:8]}{request_id[-8:]};Sampled=0",
            future=self._loop.create_future(),
            client_context=client_context,
        )
        self._in_flight += 1
        self._invocations += 1
        for running in self._concurrency:
            running.began()
        self._pool(version.version).submit(invocation)
        return invocation.future

    def _check_concurrency(self) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
        reserved = self.function.reserved_concurrency
        if reserved is not None and self._in_flight >= reserved:
            self._throttles += 1
            self._tallies.throttled()
            raise Throttled(ThrottleReason.RESERVED)

    def arn(self, qualifier: str) -> str:
        """The function's ARN, with the qualifier if there is one."""
        return f"{self.function.arn}:{qualifier}" if qualifier else self.function.arn

    def _done(self, outcome: InvocationResult | None) -> None:
        self._in_flight -= 1
        for running in self._concurrency:
            running.ended()
        if outcome is None:
            self._throttles += 1
            self._tallies.throttled()
            return
        self._tallies.done(outcome)
        if outcome.function_error:
            self._errors += 1

    # -- watching

    def tick(self) -> None:
        """To be called several times a second."""
        self._leaving = [pool for pool in self._leaving if not pool.closed]
        for pool in self._all():
            pool.tick()

    def code_in_use(self) -> frozenset[str]:
        """SHA-256 (hex) of all code that runs or may run."""
        running = {pool.version.code_sha256 for pool in self._all()}
        return frozenset(running | {version.code_sha256 for version in self.function.versions})

    @property
    def closed(self) -> bool:
        """Whether it has left or was killed, and nothing of it runs."""
        return all(pool.closed for pool in self._all())

    def status(self) -> FunctionStatus:
        """Its counts, since the Region's process started."""
        return FunctionStatus(
            name=self.function.name,
            workers=sum(pool.workers for pool in self._all()),
            busy=sum(pool.busy for pool in self._all()),
            invocations=self._invocations,
            errors=self._errors,
            throttles=self._throttles,
        )

    def take_metrics(self) -> dict[str, StatisticSet]:
        """What came since the last time, by CloudWatch's names."""
        running = self._concurrency[0].take()
        return self._tallies.take() | ({} if running is None else {CONCURRENT: running})

    def _all(self) -> tuple[EnvironmentPool, ...]:
        return (*self._pools.values(), *self._leaving)


class HostedFunctions:
    """All functions of the Region."""

    def __init__(
        self, instance: Instance, region: str, *, works: PoolResources, ids: IdGenerator
    ) -> None:
        """None yet."""
        self._instance = instance
        self._region = region
        self._works = works
        self._ids = ids
        self._live: dict[str, HostedFunction] = {}
        self._leaving: list[HostedFunction] = []
        self._concurrency = ConcurrencyGauge()

    def follow(
        self,
        functions: Iterable[LambdaFunction],
        *,
        wanted: Mapping[str, frozenset[str]],
        limit: int,
    ) -> None:
        """Serve these functions. `wanted`: function ARN -> qualifiers to have ready."""
        current = {function.name: function for function in functions}
        for name in self._live.keys() - current.keys():
            leaving = self._live.pop(name)
            leaving.leave()
            self._leaving.append(leaving)
        for name, function in current.items():
            if name not in self._live:
                self._live[name] = HostedFunction(
                    function,
                    works=self._works,
                    log_file=self._log_file(name),
                    ids=self._ids,
                    of_all=self._concurrency,
                )
            self._live[name].follow(
                function, wanted=wanted.get(function.arn, frozenset()), limit=limit
            )

    def _log_file(self, name: str) -> FunctionLog:
        return FunctionLog(self._instance.logs_dir / f"lambda-{self._region}-{name}.log")

    def get(self, name: str) -> HostedFunction | None:
        """The function of this name."""
        return self._live.get(name)

    def tick(self) -> None:
        """To be called several times a second."""
        for live in (*self._live.values(), *self._leaving):
            live.tick()
        self._leaving = [live for live in self._leaving if not live.closed]

    def code_in_use(self) -> frozenset[str]:
        """SHA-256 (hex) of all code that runs or may run."""
        return frozenset[str]().union(
            *(live.code_in_use() for live in (*self._live.values(), *self._leaving))
        )

    def status(self) -> tuple[FunctionStatus, ...]:
        """Counts of each, by name."""
        return tuple(live.status() for _, live in sorted(self._live.items()))

    def take_metrics(self) -> Iterator[MetricSample]:
        """What came since the last time, for CloudWatch: by function, and of all together."""
        taken = {name: live.take_metrics() for name, live in self._live.items()}
        return function_samples(taken, self._concurrency.take())

    def kill(self) -> None:
        """End all environments at once."""
        for live in (*self._live.values(), *self._leaving):
            live.kill()

    @property
    def closed(self) -> bool:
        """Whether nothing runs and nothing will."""
        return all(live.closed for live in (*self._live.values(), *self._leaving))
