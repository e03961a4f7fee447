"""What the system looks like now: one SystemView, of many answers of AWS read at once.

Decides which calls are made and how an unanswered one shows: the value is None, and `problems` says
in words what could not be read and why. A reading never takes longer than the clients' time-out.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from common.aws import GLOBAL_ACCELERATOR_REGION
from common.clock import Clock
from muster.aws.account import AwsCaller, identify_caller
from muster.aws.clients import AwsClients
from muster.levers.dial import MAX_ENDPOINT_GROUPS, listener_arn
from muster.levers.health_switch import HealthSwitch, read_target_state
from muster.model import HealthState, RegionView, Stack, SwitchSetting, SystemView, largest_lag
from muster.system import cloudwatch_metrics
from muster.system.active_faults import ActiveFaultReader, FaultReading, merge_readings
from muster.system.cloudwatch_metrics import MetricQuery, RegionMetrics
from muster.system.read_errors import ReadErrors

MAX_ALARMS = 100
"""Alarms in one answer: the most that AWS gives, and names in one question.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""


class Telemetry(Protocol):
    """Where a drill's guards and views get their picture from."""

    async def view(self) -> SystemView:
        """The system now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    dial: float
    endpoint: HealthState | None


class StackTelemetry:
    """Reads one stack."""

    def __init__(
        self,
        clients: AwsClients,
        stack: Stack,
        *,
        switch: HealthSwitch,
        faults: ActiveFaultReader,
        clock: Clock,
        alarms: tuple[str, ...] = (),
    ) -> None:
        """`alarms` as REGION:NAME. Nothing is asked yet."""
        self._clients = clients
        self._stack = stack
        self._switch = switch
        self._faults = faults
        self._clock = clock
        self._alarms = alarms
        self._identity: AwsCaller | None = None

    async def view(self) -> SystemView:
        """The system now. Raises WrongTarget; anything else that fails is a problem in the view."""
        problems = ReadErrors()
        identity, accelerator, groups, flows, alarms, beyond, *read = await asyncio.gather(
            problems.ask("account", self._stack.home_region, self._identify()),
            problems.ask("accelerator", GLOBAL_ACCELERATOR_REGION, self._accelerator()),
            problems.ask("dials, endpoint health", GLOBAL_ACCELERATOR_REGION, self._groups()),
            problems.ask("new connections", GLOBAL_ACCELERATOR_REGION, self._flows()),
            self._read_alarms(problems),
            self._faults.beyond_functions(problems),
            *(self._region(region, problems) for region in self._stack.regions),
        )
        views = {
            region.region: self._complete(region, groups or {}, flows or {}) for region, _ in read
        }
        faults = merge_readings([beyond, *(throttled for _, throttled in read)])
        return SystemView(
            account=identity.account if identity else None,
            accelerator_status=accelerator["Status"] if accelerator else None,
            accelerator_enabled=accelerator["Enabled"] if accelerator else None,
            regions=views,
            alarms=alarms,
            faults=faults.faults,
            faults_unread=faults.unread,
            problems=problems.words(),
        )

    async def faults(self) -> tuple[FaultReading, tuple[str, ...]]:
        """Only the faults that stand, and in words what of that could not be read."""
        problems = ReadErrors()
        return await self._faults.read(problems), problems.words()

    async def _identify(self) -> AwsCaller:
        if self._identity is None:
            self._identity = await identify_caller(self._clients, self._stack)
        return self._identity

    async def _accelerator(self) -> Mapping[str, Any]:
        answer = await self._clients.read(
            "globalaccelerator",
            GLOBAL_ACCELERATOR_REGION,
            "describe_accelerator",
            AcceleratorArn=self._stack.accelerator_arn,
        )
        accelerator: Mapping[str, Any] = answer["Accelerator"]
        return accelerator

    async def _groups(self) -> dict[str, _Group]:
        answer = await self._clients.read(
            "globalaccelerator",
            GLOBAL_ACCELERATOR_REGION,
            "list_endpoint_groups",
            ListenerArn=listener_arn(self._stack),
            MaxResults=MAX_ENDPOINT_GROUPS,
        )
        return {
            group["EndpointGroupRegion"]: _Group(
                dial=float(group["TrafficDialPercentage"]),
                endpoint=_endpoint(group, self._stack),
            )
            for group in answer["EndpointGroups"]
        }

    async def _flows(self) -> dict[str, RegionMetrics]:
        queries = cloudwatch_metrics.accelerator_queries(self._stack)
        return await self._metrics(GLOBAL_ACCELERATOR_REGION, queries, tuple(self._stack.regions))

    async def _metrics(
        self, region: str, queries: list[MetricQuery], of: tuple[str, ...]
    ) -> dict[str, RegionMetrics]:
        now = self._clock.now()
        answer = await self._clients.read(
            "cloudwatch",
            region,
            "get_metric_data",
            **cloudwatch_metrics.build_metric_request(queries, now),
        )
        return {
            name: cloudwatch_metrics.parse_region_metrics(name, queries, answer, now) for name in of
        }

    async def _region(self, region: str, problems: ReadErrors) -> tuple[RegionView, FaultReading]:
        queries = cloudwatch_metrics.regional_queries(self._stack, region)
        state, switch, own, (limit, throttled) = await asyncio.gather(
            problems.ask(
                "target health", region, read_target_state(self._clients, self._stack, region)
            ),
            problems.ask("health switch", region, self._switch.read(region)),
            problems.ask("metrics", region, self._metrics(region, queries, (region,))),
            self._function(region, problems),
        )
        found = own[region] if own else RegionMetrics()
        view = RegionView(
            region=region,
            declared_dial=self._stack.regions[region].declared_dial,
            dial=None,
            endpoint=None,
            target=state,
            switch=self._effective(switch) if switch else None,
            replication_lag_s=largest_lag(found.lags_s),
            new_connections_per_s=None,
            requests_per_s=found.requests_per_s,
            # What may not run at all does not run, and nothing is told of it.
            concurrency_used=0.0 if limit == 0 else found.concurrency_used,
            concurrency_limit=limit,
            lags_s=dict(found.lags_s),
        )
        return view, throttled

    def _complete(
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

    def _effective(self, switch: SwitchSetting) -> SwitchSetting:
        """An ended switch counts as auto, for the function as for us."""
        status = switch.status_at(self._clock.now())
        return switch if status == switch.status else SwitchSetting(by=switch.by, why=switch.why)

    async def _function(
        self, region: str, problems: ReadErrors
    ) -> tuple[float | None, FaultReading]:
        """Concurrent executions that the function may have, and whether it is throttled.

        Reserved for it, else what the account has left unreserved; other functions of the account
        share that: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
        """
        throttled, reserved = await self._faults.of_function(region, problems)
        if reserved is None:
            return None, throttled
        if reserved.executions is not None:
            return float(reserved.executions), throttled
        left = problems.ask("concurrency limit", region, self._unreserved(region))
        return await left, throttled

    async def _unreserved(self, region: str) -> float:
        account = await self._clients.read("lambda", region, "get_account_settings")
        return float(account["AccountLimit"]["UnreservedConcurrentExecutions"])

    async def _read_alarms(self, problems: ReadErrors) -> dict[str, str | None]:
        by_region: dict[str, list[str]] = {}
        for alarm in self._alarms:
            region, _, name = alarm.partition(":")
            by_region.setdefault(region, []).append(name)
        answers = await asyncio.gather(
            *(
                problems.ask("alarms", region, self._alarm_states(region, names))
                for region, names in by_region.items()
            )
        )
        states: dict[str, str | None] = dict.fromkeys(self._alarms)
        for (region, names), answer in zip(by_region.items(), answers, strict=True):
            for name in names if answer is not None else ():
                states[f"{region}:{name}"] = (answer or {}).get(name)
                if name not in (answer or {}):
                    problems.note(f"alarm {name}", region, "there is no such alarm")
        return states

    async def _alarm_states(self, region: str, names: list[str]) -> dict[str, str]:
        answer = await self._clients.read(
            "cloudwatch",
            region,
            "describe_alarms",
            AlarmNames=names,
            MaxRecords=MAX_ALARMS,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        found = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}


def _endpoint(group: Mapping[str, Any], stack: Stack) -> HealthState | None:
    """The health of the stack's own load balancer in its endpoint group."""
    own = stack.regions.get(group["EndpointGroupRegion"])
    for endpoint in group.get("EndpointDescriptions", ()):
        if own and endpoint["EndpointId"] == own.alb_arn:
            state: HealthState = endpoint.get("HealthState")
            return state
    return None
