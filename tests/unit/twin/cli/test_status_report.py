"""What `twin status` collects of a twin whose processes do not run."""

from common.clock import SystemClock
from twin import codec
from twin.cli.status_report import build_status_report, fetch_status
from twin.core.faults import Fault, FaultKind
from twin.faults.store import update_faults
from twin.internal_api.schemas import EdgeStatus, EndpointState
from twin.runtime import roles
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState
from twin.settings import TwinSettings, save_settings
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    EndpointConfiguration,
    EndpointGroup,
    PortRange,
    Topology,
)
from twin.topology.route53 import AlarmIdentifier, HealthCheck, HostedZone, Route53Topology
from twin.topology.store import write_topology

GROUP = EndpointGroup(
    arn="g",
    region="us-west-2",
    dial=25.0,
    endpoints=(EndpointConfiguration(id="lb", weight=7),),
)
LISTENER = AcceleratorListener(
    arn="l", port_ranges=(PortRange(from_port=80, to_port=81),), groups=(GROUP,)
)
TOPOLOGY = Topology(
    version=9,
    accelerators=(
        Accelerator(
            arn="a", name="muster", enabled=True, ips=("127.75.0.1",), listeners=(LISTENER,)
        ),
    ),
)


def test_a_twin_that_never_ran_has_a_report(instance: Instance) -> None:
    report = build_status_report(instance)

    assert not report.running
    assert [process.role for process in report.processes] == list(roles.CORE_ROLES)
    assert {process.state for process in report.processes} == {ProcessState.ABSENT}
    assert (report.topology_version, report.accelerators, report.regions) == (0, (), ())
    assert report.endpoint_url == instance.endpoint_url


def test_without_the_edge_accelerators_are_those_of_the_last_topology(instance: Instance) -> None:
    write_topology(instance, codec.dumps(TOPOLOGY))

    report = build_status_report(instance)

    assert report.topology_version == 9
    assert not report.accelerators_live
    (accelerator,) = report.accelerators
    (listener,) = accelerator.listeners
    (group,) = listener.groups
    (endpoint,) = group.endpoints
    assert (accelerator.name, accelerator.ips) == ("muster", ("127.75.0.1",))
    assert listener.ports == ("80-81",)
    assert (group.region, group.dial) == ("us-west-2", 25.0)
    assert (endpoint.id, endpoint.weight, endpoint.state) == ("lb", 7, EndpointState.INITIAL)


def test_a_region_that_was_started_and_is_gone_is_dead(instance: Instance) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)

    report = build_status_report(instance)

    (region,) = report.regions
    assert (region.name, region.state, region.status) == ("us-west-2", ProcessState.DEAD, None)
    assert report.processes[-1].role == "region/us-west-2"
    assert not report.processes[-1].answers


def test_zones_and_health_checks_are_those_of_the_last_topology(instance: Instance) -> None:
    checks = (
        HealthCheck(
            id="https", version=1, type="HTTPS", fqdn="a.test", port=8443, resource_path="/health"
        ),
        HealthCheck(id="tcp", version=1, type="TCP", ip_address="127.120.9.1", port=80),
        HealthCheck(
            id="any", version=1, type="CALCULATED", children=("https", "tcp"), health_threshold=1
        ),
        HealthCheck(
            id="alarm",
            version=1,
            type="CLOUDWATCH_METRIC",
            alarm=AlarmIdentifier(region="us-west-2", name="ready"),
        ),
    )
    zone = HostedZone(id="Z1", name="a.test.")
    route53 = Route53Topology(zones=(zone,), health_checks=checks)
    write_topology(instance, codec.dumps(Topology(version=1, route53=route53)))

    report = build_status_report(instance)

    assert [(z.id, z.name, z.records) for z in report.zones] == [("Z1", "a.test", 0)]
    assert [(c.id, c.target, c.status) for c in report.health_checks] == [
        ("https", "https://a.test:8443/health", None),
        ("tcp", "tcp://127.120.9.1:80", None),
        ("any", "1 of 2 checks", None),
        ("alarm", "alarm ready in us-west-2", None),
    ]


def test_lags_are_those_at_the_twins_speed(instance: Instance) -> None:
    settings = TwinSettings(speed=10.0, replication_lag_s=2.0, replication_spread=0.0)
    save_settings(instance, settings)

    report = build_status_report(instance)

    assert (report.speed, report.replication_lag_s) == (10.0, 0.2)
    assert report.replication_lag_p95_s == 0.2


def test_active_faults_are_reported_with_the_time_left(instance: Instance) -> None:
    now = SystemClock().now()
    fault = Fault(
        kind=FaultKind.CUT,
        role="region/us-west-2",
        region="us-west-2",
        since_s=now,
        until_s=now + 300,
    )
    update_faults(instance, lambda faults: faults.with_fault(fault))

    (found,) = build_status_report(instance).faults

    assert found.region == "us-west-2"
    assert found.left_s is not None
    assert 290 < found.left_s <= 300


def test_files_that_can_not_be_read_do_not_hide_the_rest(instance: Instance) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)
    for path in (instance.topology_path, instance.settings_path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{")

    report = build_status_report(instance)

    assert (report.topology_version, report.speed) == (0, TwinSettings().speed)
    assert [region.name for region in report.regions] == ["us-west-2"]


def test_a_process_that_does_not_run_is_not_asked(instance: Instance) -> None:
    assert fetch_status(instance, roles.EDGE, EdgeStatus) is None
