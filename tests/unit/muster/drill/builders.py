"""Stacks, views and plans for tests of drills."""

from collections.abc import Mapping
from dataclasses import replace

from muster.drill.plan.model import DrillPlan
from muster.drill.plan.planner import PlanRequest, make_plan
from muster.drill.scenario import catalogue
from muster.drill.scenario.catalogue import find_scenario
from muster.drill.scenario.model import RawValue, Scenario
from muster.limits import Limits
from muster.model import (
    DnsOutputs,
    DnsRecordView,
    DnsRegionOutputs,
    RegionOutputs,
    RegionView,
    Stack,
    SwitchSetting,
    SystemView,
)

HOME, AWAY = "eu-central-1", "us-west-2"
REGIONS = (HOME, AWAY)
DNS_NAMES = ("dns-against-anycast", "evacuate-by-weight", "failover-by-inverted-check")
"""Shipped scenarios that need the DNS door."""
SHIPPED_NAMES = [path.stem for path in sorted(catalogue.SHIPPED_SCENARIOS.glob("*.yaml"))]


def build_outputs(region: str) -> RegionOutputs:
    return RegionOutputs(
        region=region,
        alb_dns=f"{region}.alb",
        alb_arn=f"arn:aws:elasticloadbalancing:{region}:1:loadbalancer/app/a/b",
        endpoint_group_arn="arn:aws:globalaccelerator::1:accelerator/x/listener/y/endpoint-group/z",
        target_group_arn=f"arn:aws:elasticloadbalancing:{region}:1:targetgroup/t/1",
        function_name="muster",
        declared_dial=100.0,
    )


def build_stack(*regions: str) -> Stack:
    names = regions or REGIONS
    return Stack(
        static_ips=("192.0.2.1", "192.0.2.2"),
        accelerator_dns="a.awsglobalaccelerator.com",
        accelerator_arn="arn:aws:globalaccelerator::123456789012:accelerator/x",
        url="http://192.0.2.1",
        regions={name: build_outputs(name) for name in names},
        table="items",
        control_table="control",
        home_region=names[0],
    )


def build_two_door_stack(policy: str = "weighted", regions: tuple[str, ...] = REGIONS) -> Stack:
    """The stack with the DNS door beside the accelerator."""
    dns = DnsOutputs(
        domain="api.example.test",
        url="https://api.example.test",
        https_port=443,
        zone_id="Z1",
        zone_name="example.test",
        name_servers=(),
        policy=policy,
        ttl_s=60.0,
        regions={
            name: DnsRegionOutputs(
                region=name,
                name=f"{name}.api.example.test",
                health_check_id=f"check-{name}",
                set_identifier=name,
                api_id="a1",
                regional_domain=f"d-1.execute-api.{name}.amazonaws.com",
            )
            for name in regions
        },
    )
    return replace(build_stack(*regions), dns=dns)


def build_record_view(region: str, **more: object) -> DnsRecordView:
    """A healthy record with weight 100; `more` replaces some fields."""
    healthy = DnsRecordView(
        region=region,
        weight=100,
        inverted=False,
        disabled=False,
        checkers=16,
        healthy_checkers=16,
    )
    return replace(healthy, **more)  # type: ignore[arg-type]  # free-form fields of a test


def build_two_door_view(*records: DnsRecordView, **more: object) -> SystemView:
    """A healthy system with both doors; `records` replace the healthy ones of their Regions."""
    dns = {name: build_record_view(name) for name in REGIONS}
    dns |= {record.region: record for record in records}
    return build_view(**{"doors": ("accelerator", "dns"), "dns": dns, **more})


def build_region_view(region: str, **more: object) -> RegionView:
    """A healthy Region at dial 100; `more` replaces some fields."""
    healthy = RegionView(
        region=region,
        declared_dial=100.0,
        dial=100.0,
        endpoint="HEALTHY",
        target="healthy",
        switch=SwitchSetting(),
        replication_lag_s=0.5,
        new_connections_per_s=50.0,
        requests_per_s=50.0,
        concurrency_used=2.0,
        concurrency_limit=100.0,
    )
    return replace(healthy, **more)  # type: ignore[arg-type]  # free-form fields of a test


def build_view(*regions: RegionView, **more: object) -> SystemView:
    """A healthy system; `more` replaces some fields."""
    shown = regions or tuple(build_region_view(name) for name in REGIONS)
    healthy = SystemView(
        account="123456789012",
        accelerator_status="DEPLOYED",
        accelerator_enabled=True,
        regions={view.region: _with_lags(view, shown) for view in shown},
        faults=(),
    )
    return replace(healthy, **more)  # type: ignore[arg-type]  # free-form fields of a test


def _with_lags(view: RegionView, shown: tuple[RegionView, ...]) -> RegionView:
    """The view with its lag to every other Region, as far as it has no lag there yet."""
    others = [other.region for other in shown if other.region != view.region]
    lags = {**dict.fromkeys(others, view.replication_lag_s), **view.lags_s}
    return replace(view, lags_s=lags)


def build_request(parameters: Mapping[str, RawValue] | None = None, **more: object) -> PlanRequest:
    plain = PlanRequest(parameters=parameters or {}, targets={}, limits=Limits())
    return replace(plain, **more)  # type: ignore[arg-type]  # free-form fields of a test


def shipped_scenario(name: str) -> Scenario:
    return find_scenario(name, None)


def required_parameters(scenario: Scenario) -> dict[str, RawValue]:
    """A value for every parameter without a default."""
    given: dict[str, RawValue] = {"region": AWAY, "dials": f"{HOME}=100,{AWAY}=30"}
    return {
        parameter.name: given[parameter.name]
        for parameter in scenario.parameters
        if parameter.default is None
    }


def build_plan(
    name: str,
    given: Mapping[str, RawValue] | None = None,
    view: SystemView | None = None,
    **more: object,
) -> DrillPlan:
    """A shipped scenario's plan; `more` are fields of the PlanRequest."""
    scenario = shipped_scenario(name)
    filled = required_parameters(scenario) | dict(given or {})
    needs_dns = name in DNS_NAMES
    stack = build_two_door_stack() if needs_dns else build_stack()
    view = view or (build_two_door_view() if needs_dns else build_view())
    return make_plan(scenario, build_request(filled, **more), stack, view)
