"""Calls of moto's services: what they answer, and what they leave to others."""

import contextlib
import http.client
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import ServiceIds


def test_control_runs_no_functions(shared: ControlProcess, deployed: ServiceIds) -> None:
    functions = shared.client("lambda", FRANKFURT)

    error = expect_aws_error("InvalidRequestContentException", functions.invoke, FunctionName="app")

    assert "gateway" in error_message(error)


def test_control_has_no_tables(shared: ControlProcess) -> None:
    error = expect_aws_error("ValidationException", shared.client("dynamodb").list_tables)

    assert "gateway" in error_message(error)


def test_what_nobody_implements_says_so(shared: ControlProcess) -> None:
    watch = shared.client("cloudwatch")

    error = expect_aws_error(
        "NotImplemented", watch.delete_anomaly_detector, Namespace="n", MetricName="m"
    )

    assert "DeleteAnomalyDetector" in error_message(error)


def test_tags_come_back_from_every_service(shared: ControlProcess, deployed: ServiceIds) -> None:
    project = {"project": "muster"}

    elb = shared.client("elbv2").describe_tags(ResourceArns=[deployed.load_balancer])
    assert as_dict(elb["TagDescriptions"][0]["Tags"]) == project
    functions = shared.client("lambda")
    assert functions.list_tags(Resource=deployed.function)["Tags"] == project
    roles = shared.client("iam").list_role_tags(RoleName=deployed.role.rsplit("/", 1)[-1])
    assert as_dict(roles["Tags"]) == project
    groups = shared.client("logs").describe_log_groups()["logGroups"]
    arn = next(g["logGroupArn"] for g in groups if g["logGroupName"] == "/aws/lambda/app")
    assert shared.client("logs").list_tags_for_resource(resourceArn=arn)["tags"] == project
    vpcs = shared.client("ec2").describe_vpcs(VpcIds=[deployed.network.vpc])
    assert as_dict(vpcs["Vpcs"][0]["Tags"]) == project


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_presigned_url_is_a_call_of_its_service(shared: ControlProcess, method: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html."""
    client = shared.client("ec2", FRANKFURT)
    url = client.generate_presigned_url("describe_vpcs", HttpMethod=method)

    status, body = fetch(url, method, {})

    assert status == 200
    assert b"<DescribeVpcsResponse" in body


@pytest.mark.parametrize(
    "path",
    ["/moto-api/data.json", "/moto-api/config", "/latest/meta-data/iam/security-credentials/"],
)
def test_no_path_leads_to_another_service_than_the_signed_one(
    shared: ControlProcess, path: str
) -> None:
    form = {"Action": "DescribeVpcs", "Version": "2016-11-15"}
    request = AWSRequest("GET", shared.client("ec2").meta.endpoint_url + path, params=form)
    SigV4Auth(Credentials("test", "test"), "ec2", FRANKFURT).add_auth(request)

    status, body = fetch(str(request.prepare().url), "GET", dict(request.headers))

    assert status == 404
    assert b"<Code>UnknownOperationException</Code>" in body


def fetch(url: str, method: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Status and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    with contextlib.closing(connection):
        connection.request(method, f"{parts.path}?{parts.query}", headers=headers)
        response = connection.getresponse()
        return response.status, response.read()


def as_dict(tags: list[dict[str, str]]) -> dict[str, str]:
    """Key -> value."""
    return {tag["Key"]: tag["Value"] for tag in tags}
