"""Warnings of `twin status`."""

from dataclasses import replace

import pytest

from tests.unit.twin.cli import reports
from twin.cli.diagnostics import list_warnings
from twin.cli.status_report import RegionReport, StatusReport
from twin.faults.store import FaultReport
from twin.internal_api.schemas import (
    ApiGatewayStatus,
    CityStatus,
    EndpointState,
    PeerStatus,
    RegionStatus,
)
from twin.runtime.roles import ProcessState

DEAD = ProcessState.DEAD
HEALTHY, UNHEALTHY, INITIAL = (
    EndpointState.HEALTHY,
    EndpointState.UNHEALTHY,
    EndpointState.INITIAL,
)


def with_status(region: str, **changes: object) -> StatusReport:
    report = reports.healthy()
    status: RegionStatus = replace(reports.region_status(region), **changes)  # type: ignore[arg-type]  # fields are chosen by each test
    return replace(
        report,
        regions=tuple(
            RegionReport(name=r.name, state=r.state, status=status) if r.name == region else r
            for r in report.regions
        ),
    )


def test_an_api_gateway_that_does_not_listen_is_a_warning() -> None:
    broken = ApiGatewayStatus(address="127.140.9.3", port=443, problem="port can't be opened")

    report = with_status("us-west-2", api_gateway=broken)

    assert list_warnings(report) == ("us-west-2, API Gateway: port can't be opened",)


def with_endpoints(*states: EndpointState) -> StatusReport:
    return replace(reports.healthy(), accelerators=(reports.accelerator(*states),))


def test_a_healthy_twin_has_no_warnings() -> None:
    assert list_warnings(reports.healthy()) == ()


def test_an_unhealthy_check_is_a_warning_with_its_last_failure() -> None:
    report = replace(
        reports.healthy(),
        health_checks=(
            reports.health_check("eu-central-1", 3),
            reports.health_check("us-west-2", 2),
        ),
    )

    assert list_warnings(report) == (
        "health check check-us-west-2 (https://us-west-2.api.muster.test/health) is unhealthy. "
        "Failure: HTTP Status Code 503, Service Unavailable",
    )


def test_of_several_failures_of_a_check_the_newest_is_told() -> None:
    check = reports.health_check("us-west-2", 0)
    assert check.status is not None
    (failure,) = check.status.last_failures
    seen = tuple(
        replace(failure, checked_at_s=at_s, status=f"Failure: the {at_s:g}th")
        for at_s in (8.0, 9.0, 7.0)
    )
    broken = replace(check, status=replace(check.status, last_failures=seen))

    (warning,) = list_warnings(replace(reports.healthy(), health_checks=(broken,)))

    assert warning.endswith("is unhealthy. Failure: the 9th")


def test_the_gravest_warning_is_the_first() -> None:
    """A lost process explains what follows."""
    lost = reports.with_process(with_endpoints(UNHEALTHY, UNHEALTHY), "region/us-west-2", DEAD)
    report = replace(
        lost,
        faults=(fault("network-cut", 5.0, region="eu-central-1"),),
        health_checks=(reports.health_check("us-west-2", 0),),
        cities=(CityStatus(name="Portland", problem="port in use"),),
        damaged=("/twin/state.damaged",),
    )

    assert [warning.partition(" ")[0] for warning in list_warnings(report)] == [
        "region/us-west-2",
        "network-cut",
        "accelerator",
        "health",
        "Portland",
        "damaged",
    ]


def test_a_twin_that_does_not_run_has_one_warning() -> None:
    report = replace(reports.healthy(), running=False)

    assert list_warnings(report) == ("nothing runs; `twin up` (or `make up`) starts it",)


@pytest.mark.parametrize(
    ("role", "state", "warning"),
    [
        (
            "gateway",
            DEAD,
            "gateway is down: no AWS call is answered (twin up)",
        ),
        (
            "control",
            DEAD,
            "control is down: AWS calls that change or list resources fail; traffic and health "
            "failover go on (twin control start)",
        ),
        (
            "edge",
            ProcessState.FROZEN,
            "edge is frozen: nothing answers at the static addresses (twin edge thaw)",
        ),
        (
            "edge",
            ProcessState.ABSENT,
            "edge has not been started: nothing answers at the static addresses (twin edge start)",
        ),
        (
            "route53",
            DEAD,
            "route53 is down: no name is answered, and no health check made (twin route53 start)",
        ),
        (
            "cities",
            ProcessState.FROZEN,
            "cities is frozen: no client stands in a city: no resolver or SOCKS entrance answers"
            " (twin cities thaw)",
        ),
        (
            "region/eu-central-1",
            DEAD,
            "region/eu-central-1 is down: the Region is lost (twin region start eu-central-1)",
        ),
        (
            "region/us-west-2",
            ProcessState.FROZEN,
            "region/us-west-2 is frozen: the Region is lost, and the accelerator's API with it: "
            "no dial can be turned (twin region thaw us-west-2)",
        ),
    ],
)
def test_a_lost_process_is_named_with_what_it_means_and_what_to_do(
    role: str, state: ProcessState, warning: str
) -> None:
    report = reports.with_process(reports.healthy(), role, state)

    assert list_warnings(report) == (warning,)


def test_a_process_that_runs_but_is_silent_is_named() -> None:
    report = reports.healthy()
    silent = tuple(
        replace(p, answers=False) if p.role == "control" else p for p in report.processes
    )

    (warning,) = list_warnings(replace(report, processes=silent))

    assert warning.startswith("control runs but does not answer: ")
    assert warning.endswith("(twin up)")


def test_a_lost_us_east_1_takes_route_53s_api_with_it() -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html"""
    dead = reports.process("region/us-east-1", DEAD)
    report = reports.healthy()

    (warning,) = list_warnings(replace(report, processes=(*report.processes, dead)))

    assert warning == (
        "region/us-east-1 is down: the Region is lost, and Route 53's API with it: no record can "
        "be changed (twin region start us-east-1)"
    )


def test_a_city_without_its_sockets_is_named() -> None:
    cities = (CityStatus(name="Tokyo"), CityStatus(name="Portland", problem="port in use"))

    assert list_warnings(replace(reports.healthy(), cities=cities)) == (
        "Portland has no resolver or no SOCKS entrance: port in use",
    )


def test_no_healthy_endpoint_means_that_it_fails_open() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html"""
    assert list_warnings(with_endpoints(UNHEALTHY, UNHEALTHY)) == (
        "accelerator muster: no endpoint is healthy, so it fails open: every endpoint gets traffic",
    )
    assert list_warnings(with_endpoints(UNHEALTHY, HEALTHY)) == ()


def test_an_endpoint_without_weight_is_no_refuge() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.html"""
    report = with_endpoints(UNHEALTHY, HEALTHY)
    (accelerator,) = report.accelerators
    (listener,) = accelerator.listeners
    ill, well = listener.groups
    (endpoint,) = well.endpoints
    drained = replace(well, endpoints=(replace(endpoint, weight=0),))
    listeners = (replace(listener, groups=(ill, drained)),)

    (warning,) = list_warnings(
        replace(report, accelerators=(replace(accelerator, listeners=listeners),))
    )

    assert "no endpoint is healthy" in warning


def test_health_that_is_not_known_yet_is_no_failure() -> None:
    assert list_warnings(with_endpoints(INITIAL, INITIAL)) == (
        "accelerator muster: the first health checks are not done yet",
    )


def test_health_has_no_warning_without_the_edge() -> None:
    report = replace(with_endpoints(INITIAL, INITIAL), accelerators_live=False)

    assert list_warnings(report) == ()


def test_a_listener_that_is_not_bound_is_named() -> None:
    report = reports.healthy()
    (accelerator,) = report.accelerators
    (listener,) = accelerator.listeners
    broken = replace(listener, problem="port 80 may not be bound")

    warnings = list_warnings(
        replace(report, accelerators=(replace(accelerator, listeners=(broken,)),))
    )

    assert warnings == ("accelerator muster, port 80: port 80 may not be bound",)


def test_a_disabled_accelerator_is_named() -> None:
    report = reports.healthy()
    (accelerator,) = report.accelerators

    warnings = list_warnings(replace(report, accelerators=(replace(accelerator, enabled=False),)))

    assert warnings == ("accelerator muster is disabled: it takes no connections",)


def test_paused_replication_says_what_waits_and_how_to_go_on() -> None:
    peers = (
        PeerStatus(region="us-west-2", pending=12, lag_ms=90_000.0),
        PeerStatus(region="us-east-1", pending=3, lag_ms=0.0),
    )

    warnings = list_warnings(with_status("eu-central-1", replication_paused=True, peers=peers))

    assert warnings == ("eu-central-1 holds 15 writes back (twin replication resume eu-central-1)",)


@pytest.mark.parametrize(
    ("peer", "warning"),
    [
        (
            PeerStatus(region="us-west-2", pending=3, lag_ms=90_000.0),
            "replication eu-central-1 -> us-west-2 is 90 s behind",
        ),
        (
            PeerStatus(region="us-west-2", pending=3, lag_ms=1.0, problem="it refuses connections"),
            "replication eu-central-1 -> us-west-2: it refuses connections",
        ),
    ],
)
def test_replication_that_lags_or_fails_is_named(peer: PeerStatus, warning: str) -> None:
    assert list_warnings(with_status("eu-central-1", peers=(peer,))) == (warning,)


def test_a_load_balancer_that_is_not_bound_is_named() -> None:
    status = reports.region_status("us-west-2")
    broken = replace(status.load_balancers[0], problem="port 80 is taken")

    warnings = list_warnings(with_status("us-west-2", load_balancers=(broken,)))

    assert warnings == ("us-west-2, load balancer muster: port 80 is taken",)


def fault(name: str, left_s: float | None = None, region: str = "us-west-2") -> FaultReport:
    return FaultReport(
        name=name,
        role=f"region/{region}" if region else "control",
        region=region,
        since_s=1000.0,
        until_s=None if left_s is None else 1000.0 + left_s,
        left_s=left_s,
    )


@pytest.mark.parametrize(
    ("broken", "warning"),
    [
        (
            fault("network-cut", 23.4),
            "network-cut of us-west-2: nothing passes between it and the rest, ends in "
            "23 s (twin network heal us-west-2)",
        ),
        (
            fault("network-slow"),
            "network-slow of us-west-2: all that passes is late (twin network heal us-west-2)",
        ),
        (
            fault("region-kill", 5.0),
            "region-kill of us-west-2: ends in 5 s (twin region start us-west-2)",
        ),
        (
            fault("region-freeze", 5.0),
            "region-freeze of us-west-2: ends in 5 s (twin region thaw us-west-2)",
        ),
        (
            fault("control-stop", -3.0, region=""),
            "control-stop of control: should be over: the gateway ends it, is it running? "
            "(twin control start)",
        ),
        (
            fault("replication-pause", 60.0),
            "replication-pause of us-west-2: ends in 60 s (twin replication resume us-west-2)",
        ),
    ],
)
def test_a_fault_says_when_it_ends_and_how_to_end_it(broken: FaultReport, warning: str) -> None:
    assert list_warnings(replace(reports.healthy(), faults=(broken,))) == (warning,)


def test_a_killed_region_without_an_end_has_one_warning() -> None:
    report = reports.with_process(reports.healthy(), "region/us-west-2", DEAD)

    warnings = list_warnings(replace(report, faults=(fault("region-kill"),)))

    assert len(warnings) == 1
