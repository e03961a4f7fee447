"""The functions of one Region: the pools of their versions, concurrency limits, and counts.

Permissions are checked by the callers.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from twin.core.lambda_.functions import choose_version, possible_versions
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
    FunctionMetrics,
    function_samples,
)
from twin.region.lambdas.pool import EnvironmentPool, PoolResources
from twin.runtime.instance import Instance
from twin.topology.model import LambdaFunction

MAX_IN_FLIGHT = 10_000
"""Invocations of one function, with those that wait. A client that leaves does not end its own, so
without a limit those of a function with a long time-out would take the Region's memory."""


class HostedFunction:
    """One function: a pool for each of its versions, and its counts."""

    def __init__(
        self,
        config: LambdaFunction,
        *,
        resources: PoolResources,
        log_file: FunctionLog,
        ids: IdGenerator,
        region_concurrency: ConcurrencyGauge,
        max_in_flight: int = MAX_IN_FLIGHT,
    ) -> None:
        """No environment is started before `configure`."""
        self.config = config
        self._resources = resources
        self._log_file = log_file
        self._ids = ids
        self._loop = asyncio.get_running_loop()
        self._pools: dict[str, EnvironmentPool] = {}
        self._retiring: list[EnvironmentPool] = []
        self._limit = 1
        self._retired = False
        self._in_flight = 0
        self._max_in_flight = max_in_flight
        self._invocations = self._errors = self._throttles = 0
        self._metrics = FunctionMetrics()
        self._concurrency = (ConcurrencyGauge(), region_concurrency)

    # -- configuration

    def configure(self, config: LambdaFunction, *, prestarted: frozenset[str], limit: int) -> None:
        """Apply a configuration; the `prestarted` qualifiers get an environment in advance.

        A version whose code or configuration changed gets new environments; the old ones finish
        their invocations.
        """
        self.config = config
        reserved = config.reserved_concurrency
        self._limit = limit if reserved is None else min(limit, reserved)
        current = {version.version: version for version in config.versions}
        for name, pool in tuple(self._pools.items()):
            if current.get(name) != pool.version:
                self._retire_pool(name)
        warm = {name for qualifier in prestarted for name in possible_versions(config, qualifier)}
        for name in current.keys() & (warm | self._pools.keys()):
            self._pool(name).keep_warm(1 if name in warm else 0, limit=self._limit)

    def _pool(self, name: str) -> EnvironmentPool:
        pool = self._pools.get(name)
        if pool is None:
            version = next(v for v in self.config.versions if v.version == name)
            pool = self._pools[name] = EnvironmentPool(
                self.config.name,
                version,
                resources=self._resources,
                log_file=self._log_file,
                on_done=self._invocation_done,
            )
            pool.limit = self._limit
        return pool

    def _retire_pool(self, name: str) -> None:
        pool = self._pools.pop(name)
        pool.retire()
        self._retiring.append(pool)

    def retire(self) -> None:
        """The function was deleted: finish its invocations, and accept no more."""
        self._retired = True
        for name in tuple(self._pools):
            self._retire_pool(name)

    def kill(self) -> None:
        """End all environments at once."""
        for pool in self._all_pools():
            pool.kill()
        self._log_file.close()

    # -- invocations

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
        """Start an invocation; the future of its result. Raises InvokeError.

        The future may fail with InvokeError as well, after a wait in the queue.
        """
        version = None if self._retired else choose_version(self.config, qualifier, draw)
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
        for gauge in self._concurrency:
            gauge.increment()
        self._pool(version.version).submit(invocation)
        return invocation.future

    def _check_concurrency(self) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
        reserved = self.config.reserved_concurrency
        if reserved is not None and self._in_flight >= reserved:
            reason = ThrottleReason.RESERVED
        elif self._in_flight >= self._max_in_flight:
            reason = ThrottleReason.CONCURRENT
        else:
            return
        self._throttles += 1
        self._metrics.count_throttle()
        raise Throttled(reason)

    def arn(self, qualifier: str) -> str:
        """The function's ARN, with the qualifier if there is one."""
        return f"{self.config.arn}:{qualifier}" if qualifier else self.config.arn

    def _invocation_done(self, result: InvocationResult | None) -> None:
        """Count a result, or a rejection (None)."""
        self._in_flight -= 1
        for gauge in self._concurrency:
            gauge.decrement()
        if result is None:
            self._throttles += 1
            self._metrics.count_throttle()
            return
        self._metrics.count_invocation(result)
        if result.function_error:
            self._errors += 1

    # -- status and metrics

    def tick(self) -> None:
        """Call it several times a second."""
        self._retiring = [pool for pool in self._retiring if not pool.is_closed]
        for pool in self._all_pools():
            pool.tick()

    def code_in_use(self) -> frozenset[str]:
        """SHA-256 (hex) of the code of all pools and all configured versions."""
        running = {pool.version.code_sha256 for pool in self._all_pools()}
        return frozenset(running | {version.code_sha256 for version in self.config.versions})

    @property
    def is_closed(self) -> bool:
        """Whether all its pools are closed, after `retire` or `kill`."""
        return all(pool.is_closed for pool in self._all_pools())

    def status(self) -> FunctionStatus:
        """Its environments now, and its counts since the Region's process started."""
        return FunctionStatus(
            name=self.config.name,
            workers=sum(pool.size for pool in self._all_pools()),
            busy=sum(pool.busy_count for pool in self._all_pools()),
            invocations=self._invocations,
            errors=self._errors,
            throttles=self._throttles,
        )

    def take_metrics(self) -> dict[str, StatisticSet]:
        """CloudWatch metric -> its statistics since the last call."""
        concurrent = self._concurrency[0].take()
        return self._metrics.take() | ({} if concurrent is None else {CONCURRENT: concurrent})

    def _all_pools(self) -> tuple[EnvironmentPool, ...]:
        return (*self._pools.values(), *self._retiring)


class HostedFunctions:
    """All functions of the Region."""

    def __init__(
        self, instance: Instance, region: str, *, resources: PoolResources, ids: IdGenerator
    ) -> None:
        self._instance = instance
        self._region = region
        self._resources = resources
        self._ids = ids
        self._functions: dict[str, HostedFunction] = {}
        self._retiring: list[HostedFunction] = []
        self._concurrency = ConcurrencyGauge()

    def configure(
        self,
        functions: Iterable[LambdaFunction],
        *,
        prestarted: Mapping[str, frozenset[str]],
        limit: int,
    ) -> None:
        """Serve these functions and no others.

        `prestarted`: function ARN -> qualifiers that get an environment in advance.
        """
        current = {function.name: function for function in functions}
        for name in self._functions.keys() - current.keys():
            deleted = self._functions.pop(name)
            deleted.retire()
            self._retiring.append(deleted)
        for name, config in current.items():
            if name not in self._functions:
                self._functions[name] = HostedFunction(
                    config,
                    resources=self._resources,
                    log_file=self._log_file(name),
                    ids=self._ids,
                    region_concurrency=self._concurrency,
                )
            self._functions[name].configure(
                config, prestarted=prestarted.get(config.arn, frozenset()), limit=limit
            )

    def _log_file(self, name: str) -> FunctionLog:
        return FunctionLog(self._instance.logs_dir / f"lambda-{self._region}-{name}.log")

    def get(self, name: str) -> HostedFunction | None:
        return self._functions.get(name)

    def tick(self) -> None:
        """Call it several times a second."""
        for function in self._all():
            function.tick()
        self._resources.children.reap_orphans()
        for function in self._retiring:
            if function.is_closed:
                function.kill()  # closes its log
        self._retiring = [function for function in self._retiring if not function.is_closed]

    def code_in_use(self) -> frozenset[str]:
        """SHA-256 (hex) of the code of all functions."""
        return frozenset[str]().union(*(function.code_in_use() for function in self._all()))

    def status(self) -> tuple[FunctionStatus, ...]:
        """The status of each function, by name."""
        return tuple(function.status() for _, function in sorted(self._functions.items()))

    def take_metrics(self) -> Iterator[MetricSample]:
        """The CloudWatch samples since the last call: by function, and of all together."""
        by_function = {name: f.take_metrics() for name, f in self._functions.items()}
        return function_samples(by_function, self._concurrency.take())

    def kill(self) -> None:
        """End all environments at once."""
        for function in self._all():
            function.kill()

    @property
    def is_closed(self) -> bool:
        """Whether all functions are closed, after `kill`."""
        return all(function.is_closed for function in self._all())

    def _all(self) -> tuple[HostedFunction, ...]:
        return (*self._functions.values(), *self._retiring)
