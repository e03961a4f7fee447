"""Quotas of load balancers over boto3."""

from collections.abc import Iterator

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess
from tests.functional.twin.control.resources import NetworkIds, create_load_balancer
from twin.moto.patches.elbv2.quotas import MAX_LISTENERS, MAX_RULES

FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]


@pytest.fixture(scope="module")
def elb(shared: ControlProcess) -> Client:
    return shared.client("elbv2", PARIS)


@pytest.fixture
def balancer(shared: ControlProcess, paris: NetworkIds, elb: Client) -> Iterator[str]:
    arn = create_load_balancer(shared, PARIS, paris, "full")["LoadBalancerArn"]
    yield arn
    elb.delete_load_balancer(LoadBalancerArn=arn)


def listen(elb: Client, balancer: str, port: int) -> str:
    made = elb.create_listener(
        LoadBalancerArn=balancer, Port=port, Protocol="HTTP", DefaultActions=FIXED
    )
    return str(made["Listeners"][0]["ListenerArn"])


def paths(*values: str) -> list[dict[str, object]]:
    return [{"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}]


def test_a_rule_has_few_condition_values(elb: Client, balancer: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
    listener = listen(elb, balancer, 80)
    hosts = [{"Field": "host-header", "HostHeaderConfig": {"Values": ["a", "b", "c"]}}]
    rule = {"ListenerArn": listener, "Priority": 1, "Actions": FIXED}

    error = expect_aws_error(
        "ValidationError", elb.create_rule, Conditions=[*paths("/1", "/2", "/3"), *hosts], **rule
    )
    made = elb.create_rule(Conditions=[*paths("/1", "/2"), *hosts], **rule)["Rules"][0]
    changed = expect_aws_error(
        "ValidationError",
        elb.modify_rule,
        RuleArn=made["RuleArn"],
        Conditions=paths(*(f"/{n}" for n in range(6))),
    )

    assert error_message(error) == error_message(changed)
    assert error_message(error) == "A rule can only have '5' condition values"


def test_a_load_balancer_has_a_limited_number_of_rules(elb: Client, balancer: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
    listeners = [listen(elb, balancer, 80), listen(elb, balancer, 81)]
    for number in range(MAX_RULES):
        elb.create_rule(
            ListenerArn=listeners[number % 2],
            Priority=number + 1,
            Conditions=paths("/"),
            Actions=FIXED,
        )

    error = expect_aws_error(
        "TooManyRules",
        elb.create_rule,
        ListenerArn=listeners[0],
        Priority=1000,
        Conditions=paths("/"),
        Actions=FIXED,
    )

    assert balancer in error_message(error)


def test_a_load_balancer_has_a_limited_number_of_listeners(elb: Client, balancer: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
    for port in range(MAX_LISTENERS):
        listen(elb, balancer, 8000 + port)

    expect_aws_error(
        "TooManyListeners",
        elb.create_listener,
        LoadBalancerArn=balancer,
        Port=9000,
        Protocol="HTTP",
        DefaultActions=FIXED,
    )
