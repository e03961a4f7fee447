"""A call is done as the operation, and with the parameters, that it is judged and journaled by."""

import contextlib
import http.client
import json
from collections.abc import Mapping

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from common.clock import SystemClock
from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import create_function
from tests.functional.twin.moto.patches.cloudwatch.test_alarms import put_alarm

JSON = "application/x-amz-json-1.1"


def send(
    control: ControlProcess, service: str, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, bytes]:
    """Status and body of a POST that no SDK would make."""
    host, port = control.instance.control_address
    request = AWSRequest("POST", f"http://{host}:{port}{url}", data=body, headers=dict(headers))
    SigV4Auth(Credentials("test", "test"), service, FRANKFURT).add_auth(request)
    connection = http.client.HTTPConnection(host, port, timeout=20)
    with contextlib.closing(connection):
        connection.request("POST", url, body, dict(request.headers))
        response = connection.getresponse()
        return response.status, response.read()


def group_names(control: ControlProcess) -> list[str]:
    groups = control.client("logs", FRANKFURT).describe_log_groups()["logGroups"]
    return [group["logGroupName"] for group in groups]


def test_a_line_of_a_log_with_the_query_of_a_url_is_a_line(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    logs = shared.client("logs", FRANKFURT)
    group = {"logGroupName": "/reading/lines", "logStreamName": "s"}
    logs.create_log_group(logGroupName="/reading/lines")
    logs.create_log_stream(**group)
    line = "GET /?a=1&Action=DeleteLogGroup&logGroupName=/reading/lines&logStreamName=other&b=2"
    now_ms = int(SystemClock().now() * 1000)

    logs.put_log_events(**group, logEvents=[{"timestamp": now_ms, "message": line}])

    assert [event["message"] for event in logs.get_log_events(**group)["events"]] == [line]


@pytest.mark.parametrize(
    ("url", "target", "document"),
    [
        ("/", "DescribeLogGroups", {"x": "&Action=DeleteLogGroup&logGroupName=/reading/kept&y="}),
        (
            "/",
            "DeleteLogGroup",
            {"logGroupName": "/reading/gone", "x": "&logGroupName=/reading/kept&y="},
        ),
        ("/?logGroupName=/reading/kept", "DeleteLogGroup", {"logGroupName": "/reading/gone"}),
    ],
)
def test_parameters_of_a_json_protocol_are_in_its_document_alone(
    shared: ControlProcess, url: str, target: str, document: dict[str, str]
) -> None:
    """https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html"""
    logs = shared.client("logs", FRANKFURT)
    for name in ("/reading/kept", "/reading/gone"):
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=name)
    headers = {"Content-Type": JSON, "X-Amz-Target": f"Logs_20140328.{target}"}

    status, answer = send(shared, "logs", url, headers, json.dumps(document).encode())

    assert status == 200, answer
    assert "/reading/kept" in group_names(shared)
    assert ("/reading/gone" in group_names(shared)) == (target != "DeleteLogGroup")


def test_who_may_list_alarms_deletes_none(shared: ControlProcess) -> None:
    watch = shared.client("cloudwatch", FRANKFURT)
    put_alarm(watch, "kept")
    document = {"AlarmNames": ["kept"], "x": "&Action=DeleteAlarms&y="}
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms",
    }

    status, answer = send(shared, "monitoring", "/", headers, json.dumps(document).encode())

    assert status == 200, answer
    assert watch.describe_alarms(AlarmNames=["kept"])["MetricAlarms"]


def test_a_part_of_a_multipart_body_names_no_operation(shared: ControlProcess) -> None:
    iam = shared.client("iam", "us-east-1")
    iam.create_user(UserName="kept")
    fields = {"Action": "DeleteUser", "UserName": "kept"}
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    url = "/?Action=ListUsers&Version=2010-05-08"

    status, answer = send(shared, "iam", url, headers, f"{parts}--b--\r\n".encode())

    assert status == 200, answer
    assert b"ListUsersResponse" in answer
    assert iam.get_user(UserName="kept")


def test_a_description_with_the_query_of_a_url_is_a_description(
    shared: ControlProcess, functions: Client
) -> None:
    create_function(shared, FRANKFURT, "described")
    text = "see /?a=1&Action=DeleteFunction&Qualifier=1&b=2"

    functions.update_function_configuration(FunctionName="described", Description=text)

    found = functions.get_function_configuration(FunctionName="described")
    assert found["Description"] == text
