"""Actions of listeners and their rules over boto3."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess
from tests.functional.twin.control.resources import NetworkIds, create_load_balancer

FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
CONDITION = {"Field": "path-pattern", "Values": ["/a"]}


def redirect(**parts: str) -> list[dict[str, Any]]:
    return [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", **parts}}]


@pytest.fixture(scope="module")
def elb(shared: ControlProcess) -> Client:
    return shared.client("elbv2", PARIS)


@pytest.fixture(scope="module")
def listener(shared: ControlProcess, paris: NetworkIds, elb: Client) -> Iterator[str]:
    balancer = create_load_balancer(shared, PARIS, paris, "redirecting")["LoadBalancerArn"]
    made = elb.create_listener(
        LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=[FIXED]
    )
    yield made["Listeners"][0]["ListenerArn"]
    elb.delete_load_balancer(LoadBalancerArn=balancer)


@pytest.mark.parametrize(
    "config", [{}, {"ForwardConfig": {}}, {"ForwardConfig": {"TargetGroups": []}}]
)
def test_a_forward_action_names_a_target_group(
    elb: Client, listener: str, config: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html"""
    actions = [{"Type": "forward", **config}]
    rule = {"ListenerArn": listener, "Priority": 1, "Conditions": [CONDITION]}

    created = expect_aws_error("ValidationError", elb.create_rule, **rule, Actions=actions)
    expect_aws_error(
        "ValidationError", elb.modify_listener, ListenerArn=listener, DefaultActions=actions
    )

    assert error_message(created) == "A target group ARN must be specified"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"Path": "/a\r\nX-Injected: b"}, "The Path parameter must be a valid path"),
        ({"Path": "a"}, "should start with a '/'"),
        ({"Query": "a\r\nb"}, "The Query parameter must be a valid query"),
        ({"Query": "?a=b"}, "should not start with a '?'"),
        ({"Host": "a b"}, "The Host parameter must be a valid domain name"),
        ({"Host": "a/b"}, "The Host parameter must be a valid domain name"),
        ({"Port": "65536"}, "The Port parameter must be a number"),
        ({"Port": "0"}, "The Port parameter must be a number"),
        ({"Host": "#{host}"}, "is not valid because it creates a loop"),
        ({}, "is not valid because it creates a loop"),
    ],
)
def test_a_redirect_that_is_no_address_is_refused_by_every_operation(
    elb: Client, listener: str, parts: dict[str, str], words: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html"""
    actions = redirect(**parts)

    created = expect_aws_error(
        "InvalidLoadBalancerAction",
        elb.create_rule,
        ListenerArn=listener,
        Priority=1,
        Conditions=[CONDITION],
        Actions=actions,
    )
    expect_aws_error(
        "InvalidLoadBalancerAction",
        elb.modify_listener,
        ListenerArn=listener,
        DefaultActions=actions,
    )

    assert words in error_message(created)
    (found,) = elb.describe_listeners(ListenerArns=[listener])["Listeners"]
    assert found["DefaultActions"][0]["Type"] == "fixed-response"


@pytest.mark.parametrize(
    "parts",
    [
        {"Protocol": "HTTPS", "Port": "443"},
        {"Protocol": "#{protocol}", "Port": "#{port}", "Host": "new.#{host}"},
        {"Host": "[::1]", "Path": "/v2/#{path}", "Query": "#{query}&b=%0d"},
        {"Path": "/", "Query": ""},
    ],
)
def test_redirects_of_the_documentation_are_kept(
    elb: Client, listener: str, parts: dict[str, str]
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html"""
    elb.modify_listener(ListenerArn=listener, DefaultActions=redirect(**parts))

    (found,) = elb.describe_listeners(ListenerArns=[listener])["Listeners"]
    kept = found["DefaultActions"][0]["RedirectConfig"]
    assert {name: kept.get(name, "") for name in parts} == parts
    elb.modify_listener(ListenerArn=listener, DefaultActions=[FIXED])
