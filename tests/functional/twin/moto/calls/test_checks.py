"""Calls that control rejects: nothing is changed by them, and control starts again afterwards."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import ServiceIds
from twin.runtime.instance import internal_url


def unchecked_client(control: ControlProcess, service: Any) -> Any:  # noqa: ANN401 - boto3's own
    """A client that sends whatever it is given."""
    return boto3.client(
        service,
        region_name=FRANKFURT,
        endpoint_url=internal_url(control.instance.control_address),
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


def create_listener(elb: Any, ids: ServiceIds, **changed: object) -> None:  # noqa: ANN401
    forward = [{"Type": "forward", "TargetGroupArn": ids.target_group}]
    given = {"Protocol": "HTTP", "Port": 81, "DefaultActions": forward}
    elb.create_listener(LoadBalancerArn=ids.load_balancer, **(given | changed))


def create_rule(elb: Any, ids: ServiceIds, **changed: object) -> None:  # noqa: ANN401
    path = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}}]
    forward = [{"Type": "forward", "TargetGroupArn": ids.target_group}]
    given = {"Priority": 7, "Conditions": path, "Actions": forward}
    elb.create_rule(ListenerArn=ids.listener, **(given | changed))


WRONG_CALLS: dict[str, Callable[[Any, ServiceIds], None]] = {
    "a port above 65535": lambda elb, ids: create_listener(elb, ids, Port=65536),
    "a port below 1": lambda elb, ids: create_listener(elb, ids, Port=-1),
    "a listener without actions": lambda elb, ids: create_listener(elb, ids, DefaultActions=[]),
    "a listener of an unknown protocol": lambda elb, ids: create_listener(elb, ids, Protocol="X"),
    "a changed port above 65535": lambda elb, ids: elb.modify_listener(
        ListenerArn=ids.listener, Port=70000
    ),
    "a load balancer's listener on TCP": lambda elb, ids: elb.modify_listener(
        ListenerArn=ids.listener, Protocol="TCP"
    ),
    "a rule without actions": lambda elb, ids: create_rule(elb, ids, Actions=[]),
    "a condition without a field": lambda elb, ids: create_rule(
        elb, ids, Conditions=[{"Values": ["/a"]}]
    ),
}


@pytest.mark.parametrize("wrong", WRONG_CALLS)
def test_a_wrong_call_is_an_error_of_the_caller_and_changes_nothing(
    shared: ControlProcess, deployed: ServiceIds, wrong: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html."""
    elb = unchecked_client(shared, "elbv2")
    before, listeners = shared.topology(), listeners_of(elb, deployed)

    with pytest.raises(ClientError) as caught:
        WRONG_CALLS[wrong](elb, deployed)

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert listeners_of(elb, deployed) == listeners
    assert shared.topology().regions == before.regions


def listeners_of(elb: Any, ids: ServiceIds) -> list[Any]:  # noqa: ANN401
    """The load balancer's listeners, each with its rules."""
    listeners = elb.describe_listeners(LoadBalancerArn=ids.load_balancer)["Listeners"]
    arns = [listener["ListenerArn"] for listener in listeners]
    return [(listeners, elb.describe_rules(ListenerArn=arn)["Rules"]) for arn in arns]


def test_an_alias_needs_a_version(shared: ControlProcess, deployed: ServiceIds) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html."""
    functions = unchecked_client(shared, "lambda")
    before = shared.topology()

    error = expect_aws_error(
        "ValidationException", functions.create_alias, FunctionName="app", Name="new"
    )

    assert "'functionVersion'" in error_message(error)
    assert shared.topology().regions == before.regions


def test_all_violations_of_a_call_are_in_one_message(
    shared: ControlProcess, deployed: ServiceIds
) -> None:
    elb = unchecked_client(shared, "elbv2")

    with pytest.raises(ClientError, match="2 validation errors detected: ") as caught:
        create_listener(elb, deployed, Port=70000, Protocol="X")

    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert "Member must have value less than or equal to 65535" in error_message(caught.value)


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("sqs", "receive_message", {"QueueUrl": "http://queue", "WaitTimeSeconds": 1}),
        ("sqs", "create_queue", {"QueueName": "q"}),
        ("s3", "list_buckets", {}),
        ("cloudformation", "list_stacks", {}),
        ("apigatewayv2", "get_vpc_links", {}),
        ("backup", "list_backup_vaults", {}),
        ("lambda", "list_event_source_mappings", {}),
        ("lambda", "invoke_with_response_stream", {"FunctionName": "f"}),
        ("cloudwatch", "describe_alarm_history", {}),
        ("ec2", "describe_instances", {}),
    ],
)
def test_an_operation_that_is_not_served_is_refused_at_once(
    shared: ControlProcess, service: str, operation: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(unchecked_client(shared, service), operation)(**arguments)

    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501  # SDKs retry 500, 502, 503 and 504
    if service != "s3":  # its errors are read by the status alone
        assert "docs/services.md" in error_message(caught.value)


def test_an_error_has_a_request_id(shared: ControlProcess) -> None:
    for service, operation in (("ec2", "describe_instances"), ("logs", "list_log_groups")):
        with pytest.raises(ClientError) as caught:
            getattr(unchecked_client(shared, service), operation)()

        assert caught.value.response["ResponseMetadata"]["RequestId"]


def test_control_starts_again_after_wrong_calls(
    shared: ControlProcess, deployed: ServiceIds
) -> None:
    elb = unchecked_client(shared, "elbv2")
    for wrong in WRONG_CALLS.values():
        with pytest.raises(ClientError):
            wrong(elb, deployed)
    before = shared.topology()

    shared.kill()
    shared.start()

    assert shared.topology().regions == before.regions
    assert "answered differently" not in shared.log()


def test_classic_load_balancers_are_not_served(shared: ControlProcess) -> None:
    """They have operations of the same names as Application Load Balancers."""
    error = expect_aws_error("NotImplemented", shared.client("elb").describe_load_balancers)

    assert "API version 2012-06-01" in error_message(error)


def test_a_thing_that_is_named_in_two_ways_is_refused(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html"""
    ec2, logs = shared.client("ec2", FRANKFURT), shared.client("logs", FRANKFURT)

    expect_aws_error(
        "InvalidParameterCombination",
        ec2.authorize_security_group_ingress,
        GroupId="sg-1",
        GroupName="sg-2",
        IpProtocol="tcp",
        FromPort=1,
        ToPort=1,
        CidrIp="10.0.0.0/8",
    )
    expect_aws_error(
        "InvalidParameterException",
        logs.get_log_events,
        logGroupName="/one",
        logGroupIdentifier="/two",
        logStreamName="s",
    )
