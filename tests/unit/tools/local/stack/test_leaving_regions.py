"""Regions that `make up` would delete: found, named, and deleted only if that is meant."""

from dataclasses import dataclass, field

import pytest

from common.command.exit_codes import ExitCode
from tools.local.stack.leaving_regions import (
    DeletionRefused,
    LeavingRegion,
    find_leaving_regions,
    require_regions_may_leave,
)
from twin.errors import UsageError

TYPES = {
    "function": "muster:infra:RegionalFunction",
    "door": "muster:infra:FrontDoor",
    "vpc": "aws:ec2/vpc:Vpc",
    "group": "aws:globalaccelerator/endpointGroup:EndpointGroup",
    "check": "aws:route53/healthCheck:HealthCheck",
    "alarm": "aws:cloudwatch/metricAlarm:MetricAlarm",
}
TOKYO = LeavingRegion(name="ap-northeast-1", resources=37, serves=True)
DRAINED = LeavingRegion(name="us-west-2", resources=30, serves=False)


def record(kind: str, name: str, parent: str = "") -> dict[str, str]:
    """A resource as Pulumi records it."""
    stack = "urn:pulumi:local::muster"
    kept = {"urn": f"{stack}::{TYPES[kind]}::{name}", "type": TYPES[kind]}
    return kept | ({"parent": f"{stack}::{TYPES['door']}::{parent}"} if parent else {})


DEPLOYED = [
    record("door", "front-door"),
    *(record("function", region) for region in ("eu-central-1", "us-west-2", "us-west-1")),
    *(record("vpc", f"{region}-vpc") for region in ("eu-central-1", "us-west-2", "us-west-1")),
    record("group", "front-door-us-west-2", parent="front-door"),
    record("alarm", "alarms-eu-central-1-health-of-us-west-2"),
]


def answer_no(question: str) -> bool:
    raise AssertionError(question)


def test_a_region_that_is_no_longer_configured_is_found_with_its_resources() -> None:
    assert find_leaving_regions(DEPLOYED, ["eu-central-1"]) == (
        LeavingRegion(name="us-west-1", resources=2, serves=False),
        LeavingRegion(name="us-west-2", resources=4, serves=True),
    )


def test_a_region_with_a_health_check_of_route_53_serves() -> None:
    check = record("check", "dns-front-door-us-west-1-check", parent="dns-front-door")

    (found,) = find_leaving_regions([*DEPLOYED, check], ["eu-central-1", "us-west-2"])

    assert found == LeavingRegion(name="us-west-1", resources=3, serves=True)


@pytest.mark.parametrize("more", [[], ["ap-northeast-1"]])
def test_nothing_leaves_while_all_that_is_deployed_is_configured(more: list[str]) -> None:
    configured = ["us-west-2", "eu-central-1", "us-west-1", *more]

    assert find_leaving_regions(DEPLOYED, configured) == ()
    assert find_leaving_regions([], configured) == ()


def test_nobody_is_asked_when_nothing_leaves() -> None:
    require_regions_may_leave((), agreed=False, ask=None)
    require_regions_may_leave((), agreed=False, ask=answer_no)


def test_without_a_terminal_the_end_of_a_region_is_refused_with_the_ways_out() -> None:
    with pytest.raises(DeletionRefused) as refused:
        require_regions_may_leave((TOKYO, DRAINED), agreed=False, ask=None)

    assert refused.value.exit_code == ExitCode.REFUSED
    assert str(refused.value) == (
        "muster:regions of Pulumi.local.yaml leaves out what is deployed: ap-northeast-1"
        " (37 resources), us-west-2 (30 resources) would be deleted, with the replicas of all"
        " tables there; clients are still led to ap-northeast-1: drain first, as"
        ' "Taking a Region out" of docs/aws/changes.md says;'
        " DELETE_REGIONS=1 deletes it all the same"
    )


@dataclass
class Person:
    """Gives every question the same answer, and keeps the questions."""

    agrees: bool
    questions: list[str] = field(default_factory=list)

    def answer(self, question: str) -> bool:
        self.questions.append(question)
        return self.agrees


def test_on_a_terminal_a_person_decides() -> None:
    agreeing, refusing = Person(agrees=True), Person(agrees=False)

    require_regions_may_leave((DRAINED,), agreed=False, ask=agreeing.answer)
    with pytest.raises(UsageError, match="not confirmed; nothing was changed"):
        require_regions_may_leave((DRAINED,), agreed=False, ask=refusing.answer)

    assert agreeing.questions == refusing.questions
    assert agreeing.questions == [
        "muster:regions of Pulumi.local.yaml leaves out what is deployed: us-west-2 (30 resources)"
        " would be deleted, with the replicas of all tables there. Delete?"
    ]


def test_what_is_meant_is_told_and_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    require_regions_may_leave((TOKYO,), agreed=True, ask=answer_no)

    assert capsys.readouterr().err.startswith("! muster:regions of Pulumi.local.yaml leaves out ")
