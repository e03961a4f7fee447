"""Stacks, views and plans for tests of drills."""

from collections.abc import Mapping
from dataclasses import replace

from muster.drill.plan.model import DrillPlan, Limits
from muster.drill.plan.planner import PlanRequest, make_plan
from muster.drill.scenario import catalogue
from muster.drill.scenario.catalogue import find_scenario
from muster.drill.scenario.model import RawValue, Scenario
from muster.model import RegionOutputs, RegionView, Stack, SwitchSetting, SystemView

HOME, AWAY = "eu-central-1", "us-west-2"
REGIONS = (HOME, AWAY)
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
    return make_plan(scenario, build_request(filled, **more), build_stack(), view or build_view())
