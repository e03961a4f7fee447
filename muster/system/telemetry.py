"""The state of the system now: one SystemView, from many calls of AWS made at once.

A call that fails leaves None in the view, and a line in its `problems`. A view never takes longer
than the clients' time-out.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from common.aws import GLOBAL_ACCELERATOR_REGION
from common.clock import Clock
from muster.aws.account import AwsCaller, identify_caller
from muster.aws.clients import AwsClients
from muster.levers.dial import MAX_ENDPOINT_GROUPS, listener_arn
from muster.levers.health_switch import ALIAS, HealthSwitch, read_target_state
from muster.model import (
    DnsRecordView,
    HealthState,
    RegionView,
    Stack,
    SwitchSetting,
    SystemView,
    largest_lag,
)
from muster.system.active_faults import ActiveFaultReader, FaultReading, merge_readings
from muster.system.cloudwatch_metrics import (
    MetricQuery,
    RegionMetrics,
    accelerator_queries,
    build_metric_request,
    parse_region_metrics,
    regional_queries,
)
from muster.system.dns_reader import DnsReader
from muster.system.read_errors import ReadErrors

MAX_ALARMS = 100
"""AWS's maximum of alarms in one call.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""


class Telemetry(Protocol):
    """Source of the views that a drill's guards evaluate."""

    async def view(self) -> SystemView:
        """Read the system's state."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    arn: str
    endpoint_ids: tuple[str, ...]
    dial: float
    endpoint: HealthState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateReaders:
    """Readers of parts of the state, each with rules of its own."""

    switch: HealthSwitch
    faults: ActiveFaultReader
    dns: DnsReader | None = None
    """None for a stack without the DNS door."""


class StackTelemetry:
    def __init__(
        self,
        clients: AwsClients,
        stack: Stack,
        *,
        readers: StateReaders,
        clock: Clock,
        alarms: tuple[str, ...] = (),
        reads_versions: bool = False,
    ) -> None:
        """`alarms` as REGION:NAME. `reads_versions`: of the functions, too. Calls nothing yet."""
        self._clients = clients
        self._stack = stack
        self._switch = readers.switch
        self._faults = readers.faults
        self._dns = readers.dns
        self._clock = clock
        self._alarms = alarms
        self._reads_versions = reads_versions
        self._identity: AwsCaller | None = None

    async def view(self) -> SystemView:
        """Read the system's state. Raises AccountError; any other failure becomes a problem."""
        errors = ReadErrors()
        (
            identity,
            (accelerator, groups, flows),
            (dns, outdated_records),
            alarms,
            other_faults,
            *read,
        ) = await asyncio.gather(
            errors.attempt("account", self._stack.home_region, self._identify),
            self._read_accelerator_door(errors),
            self._read_dns(errors),
            self._read_alarms(errors),
            self._faults.read_other_faults(errors),
            *(self._read_region(region, errors) for region in self._stack.regions),
        )
        views = {
            region.region: self._with_accelerator(region, groups or {}, flows or {})
            for region, _ in read
        }
        faults = merge_readings([other_faults, *(throttle for _, throttle in read)])
        return SystemView(
            account=identity.account if identity else None,
            accelerator_status=accelerator["Status"] if accelerator else None,
            accelerator_enabled=accelerator["Enabled"] if accelerator else None,
            regions=views,
            doors=self._stack.doors,
            dns=dns,
            alarms=alarms,
            faults=faults.faults,
            faults_unread=faults.unread,
            twin_gone=faults.twin_gone,
            outdated=(*_find_outdated(self._stack, groups), *outdated_records),
            problems=errors.describe(),
        )

    async def faults(self) -> tuple[FaultReading, tuple[str, ...]]:
        """Read only the active faults, and describe what could not be read."""
        errors = ReadErrors()
        return await self._faults.read(errors), errors.describe()

    async def _identify(self) -> AwsCaller:
        if self._identity is None:
            self._identity = await identify_caller(self._clients, self._stack)
        return self._identity

    async def _read_accelerator_door(
        self, errors: ReadErrors
    ) -> tuple[Mapping[str, Any] | None, dict[str, _Group] | None, dict[str, RegionMetrics] | None]:
        if "accelerator" not in self._stack.doors:
            return None, None, None
        where = GLOBAL_ACCELERATOR_REGION
        accelerator, groups, flows = await asyncio.gather(
            errors.attempt("accelerator", where, self._read_accelerator),
            errors.attempt("dials, endpoint health", where, self._read_groups),
            errors.attempt("new connections", where, self._read_flows),
        )
        return accelerator, groups, flows

    async def _read_dns(
        self, errors: ReadErrors
    ) -> tuple[dict[str, DnsRecordView] | None, tuple[str, ...]]:
        """The records, and in what they differ from the outputs."""
        if self._dns is None:
            return None, ()
        records = await self._dns.read(errors)
        return records, self._dns.outdated

    async def _read_accelerator(self) -> Mapping[str, Any]:
        answer = await self._clients.read(
            "globalaccelerator",
            GLOBAL_ACCELERATOR_REGION,
            "describe_accelerator",
            AcceleratorArn=self._stack.accelerator_arn,
        )
        accelerator: Mapping[str, Any] = answer["Accelerator"]
        return accelerator

    async def _read_groups(self) -> dict[str, _Group]:
        answer = await self._clients.read(
            "globalaccelerator",
            GLOBAL_ACCELERATOR_REGION,
            "list_endpoint_groups",
            ListenerArn=listener_arn(self._stack),
            MaxResults=MAX_ENDPOINT_GROUPS,
        )
        return {
            group["EndpointGroupRegion"]: _Group(
                arn=group["EndpointGroupArn"],
                endpoint_ids=tuple(one["EndpointId"] for one in group["EndpointDescriptions"]),
                dial=float(group["TrafficDialPercentage"]),
                endpoint=_endpoint_health(group, self._stack),
            )
            for group in answer["EndpointGroups"]
        }

    async def _read_flows(self) -> dict[str, RegionMetrics]:
        queries = accelerator_queries(self._stack)
        return await self._read_metrics(
            GLOBAL_ACCELERATOR_REGION, queries, tuple(self._stack.regions)
        )

    async def _read_metrics(
        self, region: str, queries: list[MetricQuery], of: tuple[str, ...]
    ) -> dict[str, RegionMetrics]:
        now = self._clock.now()
        answer = await self._clients.read(
            "cloudwatch",
            region,
            "get_metric_data",
            **build_metric_request(queries, now),
        )
        return {name: parse_region_metrics(name, queries, answer, now) for name in of}

    async def _read_region(
        self, region: str, errors: ReadErrors
    ) -> tuple[RegionView, FaultReading]:
        queries = regional_queries(self._stack, region)
        state, switch, own_metrics, (limit, throttle), version = await asyncio.gather(
            self._read_target(region, errors),
            errors.attempt("health switch", region, partial(self._switch.read, region)),
            errors.attempt(
                "metrics", region, partial(self._read_metrics, region, queries, (region,))
            ),
            self._read_concurrency_limit(region, errors),
            self._read_version(region, errors),
        )
        metrics = own_metrics[region] if own_metrics else RegionMetrics()
        view = RegionView(
            region=region,
            declared_dial=self._stack.regions[region].declared_dial,
            dial=None,
            endpoint=None,
            target=state,
            switch=self._without_ended(switch) if switch else None,
            replication_lag_s=largest_lag(metrics.lags_s),
            new_connections_per_s=None,
            requests_per_s=metrics.requests_per_s,
            # Without any concurrency nothing runs, and CloudWatch has no values.
            concurrency_used=0.0 if limit == 0 else metrics.concurrency_used,
            concurrency_limit=limit,
            lags_s=dict(metrics.lags_s),
            function_version=version,
        )
        return view, throttle

    async def _read_version(self, region: str, errors: ReadErrors) -> str | None:
        if not self._reads_versions:
            return None
        read = partial(self._read_alias, region)
        return await errors.attempt("function version", region, read)

    async def _read_alias(self, region: str) -> str:
        function = self._stack.regions[region].function_name
        alias = await self._clients.read(
            "lambda", region, "get_alias", FunctionName=function, Name=ALIAS
        )
        return str(alias["FunctionVersion"])

    async def _read_target(self, region: str, errors: ReadErrors) -> str | None:
        if not self._stack.regions[region].target_group_arn:
            return None
        read = partial(read_target_state, self._clients, self._stack, region)
        return await errors.attempt("target health", region, read)

    def _with_accelerator(
        self,
        view: RegionView,
        groups: Mapping[str, _Group],
        flows: Mapping[str, RegionMetrics],
    ) -> RegionView:
        group, flow = groups.get(view.region), flows.get(view.region)
        return replace(
            view,
            dial=group.dial if group else None,
            endpoint=group.endpoint if group else None,
            new_connections_per_s=flow.new_connections_per_s if flow else None,
        )

    def _without_ended(self, switch: SwitchSetting) -> SwitchSetting:
        """The switch now: an ended one is `auto`, as it is for the function."""
        status = switch.status_at(self._clock.now())
        return switch if status == switch.status else SwitchSetting(by=switch.by, why=switch.why)

    async def _read_concurrency_limit(
        self, region: str, errors: ReadErrors
    ) -> tuple[float | None, FaultReading]:
        """The function's concurrency limit, and its throttle if any.

        The limit is the reserved concurrency, else the account's unreserved one, which it shares
        with other functions: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
        """
        throttle, reserved = await self._faults.read_throttle(region, errors)
        if reserved is None:
            return None, throttle
        if reserved.executions is not None:
            return float(reserved.executions), throttle
        unreserved = errors.attempt(
            "concurrency limit", region, partial(self._read_unreserved, region)
        )
        return await unreserved, throttle

    async def _read_unreserved(self, region: str) -> float:
        account = await self._clients.read("lambda", region, "get_account_settings")
        return float(account["AccountLimit"]["UnreservedConcurrentExecutions"])

    async def _read_alarms(self, errors: ReadErrors) -> dict[str, str | None]:
        by_region: dict[str, list[str]] = {}
        for alarm in self._alarms:
            region, _, name = alarm.partition(":")
            by_region.setdefault(region, []).append(name)
        answers = await asyncio.gather(
            *(
                errors.attempt("alarms", region, partial(self._read_alarm_states, region, names))
                for region, names in by_region.items()
            )
        )
        states: dict[str, str | None] = dict.fromkeys(self._alarms)
        for (region, names), answer in zip(by_region.items(), answers, strict=True):
            for name in names if answer is not None else ():
                states[f"{region}:{name}"] = (answer or {}).get(name)
                if name not in (answer or {}):
                    errors.add(f"alarm {name}", region, "there is no such alarm")
        return states

    async def _read_alarm_states(self, region: str, names: list[str]) -> dict[str, str]:
        """State by name. AWS takes MAX_ALARMS names in one call."""
        parts = [names[at : at + MAX_ALARMS] for at in range(0, len(names), MAX_ALARMS)]
        found = await asyncio.gather(*(self._read_some_alarms(region, part) for part in parts))
        return {name: state for states in found for name, state in states.items()}

    async def _read_some_alarms(self, region: str, names: list[str]) -> dict[str, str]:
        answer = await self._clients.read(
            "cloudwatch",
            region,
            "describe_alarms",
            AlarmNames=names,
            MaxRecords=MAX_ALARMS,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        alarms = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}


def _find_outdated(stack: Stack, groups: Mapping[str, _Group] | None) -> Iterator[str]:
    """What the accelerator has otherwise than the outputs say; nothing if it can't be read."""
    if groups is None:
        return
    for region in sorted(groups.keys() - stack.regions.keys()):
        yield f"{region} is a Region of the accelerator, and not in the outputs"
    for region, outputs in stack.regions.items():
        group = groups.get(region)
        if group is None:
            yield f"{region} is in the outputs, and no Region of the accelerator any more"
        elif group.arn != outputs.endpoint_group_arn:
            yield f"{region} has another endpoint group than in the outputs"
        elif group.endpoint_ids and outputs.alb_arn not in group.endpoint_ids:
            yield f"{region} has another load balancer than in the outputs"


def _endpoint_health(group: Mapping[str, Any], stack: Stack) -> HealthState | None:
    """Health of the stack's own load balancer in its endpoint group."""
    outputs = stack.regions.get(group["EndpointGroupRegion"])
    for endpoint in group.get("EndpointDescriptions", ()):
        if outputs and endpoint["EndpointId"] == outputs.alb_arn:
            state: HealthState = endpoint.get("HealthState")
            return state
    return None
