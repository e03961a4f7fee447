"""What the cohorts send, and the outcome of a response."""

from dataclasses import replace

import pytest

from common.clock import SystemClock
from muster.measure.samples import RequestKind, RequestOutcome
from muster.probe.cohorts import DoorTrust, RequestSender, classify_response
from muster.probe.connection import ProbeResponse
from muster.probe.plan import NamedService, ProbePlan, ProbeTarget


@pytest.mark.parametrize(
    ("status", "region", "step", "outcome"),
    [
        (200, "us-west-2", RequestKind.GET, RequestOutcome.OK),
        (201, "us-west-2", RequestKind.WRITE, RequestOutcome.OK),
        (200, None, RequestKind.GET, RequestOutcome.BAD_ANSWER),
        (404, "us-west-2", RequestKind.READ_SOON, RequestOutcome.ABSENT),
        (404, "us-west-2", RequestKind.READ_LATER, RequestOutcome.ABSENT),
        (404, "us-west-2", RequestKind.GET, RequestOutcome.STATUS),
        (404, None, RequestKind.READ_SOON, RequestOutcome.STATUS),
        (503, "us-west-2", RequestKind.READ_SOON, RequestOutcome.STATUS),
        (409, "us-west-2", RequestKind.REWRITE, RequestOutcome.PRESENT),
        (409, None, RequestKind.REWRITE, RequestOutcome.STATUS),
        (409, "us-west-2", RequestKind.WRITE, RequestOutcome.STATUS),
    ],
)
def test_a_response_has_the_outcome_of_its_status_its_region_and_its_request(
    status: int, region: str | None, step: RequestKind, outcome: RequestOutcome
) -> None:
    response = ProbeResponse(status, region, received=100, reusable=True)

    assert classify_response(response, step) is outcome


@pytest.mark.parametrize(
    ("target", "tls", "host"),
    [
        (ProbeTarget(ip="192.0.2.1"), False, "192.0.2.1"),
        (ProbeTarget(ip="192.0.2.1", port=8080), False, "192.0.2.1:8080"),
        (ProbeTarget(ip="192.0.2.1", port=443), True, "192.0.2.1"),
        (ProbeTarget(ip="192.0.2.1", port=80), True, "192.0.2.1:80"),
        (ProbeTarget(ip="2001:db8::1", port=8080), False, "[2001:db8::1]:8080"),
    ],
)
def test_the_host_of_a_request_is_the_target_unless_the_plan_names_one(
    target: ProbeTarget, tls: bool, host: str
) -> None:
    plan = ProbePlan(run="r", targets=(target,), tls=tls)
    named = replace(plan, host="muster.example.com")

    assert RequestSender(plan, SystemClock(), DoorTrust()).host(target) == host
    assert RequestSender(named, SystemClock(), DoorTrust()).host(target) == "muster.example.com"


@pytest.mark.parametrize(("port", "host"), [(443, "api.test"), (8443, "api.test:8443")])
def test_the_host_of_a_request_at_the_dns_door_is_its_name(port: int, host: str) -> None:
    plan = ProbePlan(run="r", dns=NamedService(name="api.test", port=port))

    assert RequestSender(plan, SystemClock(), DoorTrust()).host(None) == host
