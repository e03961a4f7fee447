"""The order of a listener's rules over boto3."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.twin.aws_errors import Client, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess
from tests.functional.twin.control.resources import NetworkIds, create_load_balancer

FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]


@pytest.fixture(scope="module")
def elb(shared: ControlProcess) -> Client:
    return shared.client("elbv2", PARIS)


@pytest.fixture
def listener(shared: ControlProcess, paris: NetworkIds, elb: Client) -> Iterator[str]:
    """It has the rules /1, /2 and /3 with these priorities."""
    balancer = create_load_balancer(shared, PARIS, paris, "in-order")["LoadBalancerArn"]
    made = elb.create_listener(
        LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=FIXED
    )
    arn = made["Listeners"][0]["ListenerArn"]
    for number in (1, 2, 3):
        path = {"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{number}"]}}
        elb.create_rule(ListenerArn=arn, Priority=number, Conditions=[path], Actions=FIXED)
    yield arn
    elb.delete_load_balancer(LoadBalancerArn=balancer)


def priorities(rules: list[dict[str, Any]]) -> dict[str, str]:
    """Priority of each rule by its path."""
    paths = [rule["Conditions"][0]["PathPatternConfig"]["Values"][0] for rule in rules]
    return dict(zip(paths, [rule["Priority"] for rule in rules], strict=True))


def test_rules_change_places_in_one_call(elb: Client, listener: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html"""
    first, second, third, _ = elb.describe_rules(ListenerArn=listener)["Rules"]

    told = elb.set_rule_priorities(
        RulePriorities=[
            {"RuleArn": first["RuleArn"], "Priority": 2},
            {"RuleArn": second["RuleArn"], "Priority": 1},
            {"RuleArn": third["RuleArn"], "Priority": 3},
        ]
    )["Rules"]

    assert priorities(told) == {"/1": "2", "/2": "1", "/3": "3"}
    rules = elb.describe_rules(RuleArns=[rule["RuleArn"] for rule in told])["Rules"]
    assert priorities(rules) == priorities(told)


def test_two_rules_have_two_priorities_and_the_default_one_has_none(
    elb: Client, listener: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html"""
    first, second, _, default = elb.describe_rules(ListenerArn=listener)["Rules"]
    before = elb.describe_rules(ListenerArn=listener)["Rules"]

    for code, order in (
        ("PriorityInUse", [(first, 3)]),
        ("PriorityInUse", [(first, 4), (second, 3)]),
        ("ValidationError", [(first, 4), (second, 4)]),
        ("OperationNotPermitted", [(default, 4)]),
    ):
        wanted = [{"RuleArn": rule["RuleArn"], "Priority": number} for rule, number in order]
        expect_aws_error(code, elb.set_rule_priorities, RulePriorities=wanted)

    assert elb.describe_rules(ListenerArn=listener)["Rules"] == before
