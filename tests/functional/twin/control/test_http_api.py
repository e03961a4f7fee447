"""The long poll for the Topology, what all responses to AWS calls have, and refused calls."""

import gzip
import resource
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.control.control_process import HOME_REGION, ControlProcess, FakeEdge
from tests.waiting import eventually
from twin import codec
from twin.control.http_api import (
    MAX_BODY_BYTES,
    MAX_FORM_ESCAPES,
    MAX_FORM_FIELDS,
    MAX_LAMBDA_BODY_BYTES,
    MAX_XML_TAGS,
    decompress_call,
    reject_large_call,
)
from twin.moto.calls.aws_call import AwsCall, MalformedRequest
from twin.topology.model import Topology


def test_a_poll_waits_for_the_next_topology_and_acknowledges(control: ControlProcess) -> None:
    edge, region = FakeEdge(control), FakeEdge(control, "region/eu-central-1")
    eventually(lambda: edge.versions and region.versions)

    control.client("globalaccelerator", HOME_REGION).create_accelerator(Name="a")
    version = control.topology().version

    eventually(lambda: edge.versions[-1] == version and region.versions[-1] == version)
    eventually(lambda: b'"edge":%d' % version in control.get("/_twin/status")[1])
    assert edge.topology == control.topology()
    edge.close()
    region.close()


def test_a_malformed_poll_is_refused(control: ControlProcess) -> None:
    status, body = control.get("/_twin/topology?after=soon&role=edge")

    assert status == 400
    assert b"soon" in body
    assert codec.loads(Topology, control.get("/_twin/topology")[1]).version == 1


def test_each_service_answers_with_a_request_id(control: ControlProcess) -> None:
    reads = {
        "acm": "list_certificates",
        "cloudwatch": "list_metrics",
        "ec2": "describe_vpcs",
        "elbv2": "describe_load_balancers",
        "globalaccelerator": "list_accelerators",
        "iam": "list_roles",
        "lambda": "list_functions",
        "logs": "describe_log_groups",
        "resourcegroupstaggingapi": "get_resources",
        "route53": "list_hosted_zones",
        "sts": "get_caller_identity",
    }

    ids = {
        service: getattr(control.client(service, HOME_REGION), read)()["ResponseMetadata"].get(
            "RequestId"
        )
        for service, read in reads.items()
    }

    assert all(ids.values()), ids


def make_call(service: str, body: bytes, **headers: str) -> AwsCall:
    scope = f"AWS4-HMAC-SHA256 Credential=A/20261129/us-west-2/{service}/aws4_request, Signature=0"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return AwsCall(method="POST", url="/", headers={"authorization": scope} | named, body=body)


@pytest.mark.parametrize(
    ("service", "limit"),
    [("logs", MAX_BODY_BYTES), ("lambda", MAX_LAMBDA_BODY_BYTES)],
)
def test_a_body_that_would_hold_up_other_calls_is_refused(service: str, limit: int) -> None:
    assert reject_large_call(make_call(service, bytes(limit))) is None

    refused = reject_large_call(make_call(service, bytes(limit + 1)))

    assert refused is not None
    assert refused.status == 413
    assert str(limit).encode() in refused.body


def test_a_small_gzip_of_a_large_body_is_refused() -> None:
    packed = gzip.compress(bytes(64 * MAX_BODY_BYTES))

    call = decompress_call(make_call("logs", packed, content_encoding="gzip"))

    assert len(call.body) == MAX_BODY_BYTES + 1
    assert reject_large_call(call) is not None


def test_a_gzip_that_is_cut_short_is_malformed() -> None:
    packed = gzip.compress(b"Action=DescribeVpcs")

    with pytest.raises(MalformedRequest, match="cut short"):
        decompress_call(make_call("ec2", packed[:-9], content_encoding="gzip"))


def test_a_form_with_too_many_fields_is_refused() -> None:
    form = "application/x-www-form-urlencoded"
    allowed = b"&".join([b"a=1"] * MAX_FORM_FIELDS)

    assert reject_large_call(make_call("ec2", allowed, content_type=form)) is None
    refused = reject_large_call(make_call("ec2", allowed + b"&a=1", content_type=form))

    assert refused is not None
    assert b"RequestEntityTooLarge" in refused.body


def test_a_form_with_too_many_escapes_is_refused_undecoded() -> None:
    form = "application/x-www-form-urlencoded"
    allowed = b"Action=PutDashboard&DashboardBody=" + b"%41" * MAX_FORM_ESCAPES

    assert reject_large_call(make_call("monitoring", allowed, content_type=form)) is None
    refused = reject_large_call(make_call("monitoring", allowed + b"%41", content_type=form))
    as_json = reject_large_call(make_call("logs", allowed + b"%41"))

    assert refused is not None
    assert b"RequestEntityTooLarge" in refused.body
    assert as_json is None


def test_a_call_of_too_many_xml_tags_is_refused_unread() -> None:
    tags = b"<a>" * MAX_XML_TAGS

    assert reject_large_call(make_call("route53", tags)) is None
    refused = reject_large_call(make_call("route53", tags + b"<a>"))

    assert refused is not None
    assert refused.status == 413


def create_accelerator(client: Any, name: str) -> None:  # noqa: ANN401 - boto3's own
    client.create_accelerator(Name=name)


def create_zone(client: Any, name: str) -> None:  # noqa: ANN401 - boto3's own
    client.create_hosted_zone(Name=f"{name}.example", CallerReference=name)


@pytest.mark.parametrize(
    ("service", "create", "operation", "member", "code"),
    [
        (
            "globalaccelerator",
            create_accelerator,
            "list_accelerators",
            "Accelerators",
            "InternalServiceErrorException",
        ),
        ("route53", create_zone, "list_hosted_zones", "HostedZones", "InternalFailure"),
    ],
)
def test_a_full_disk_is_an_error_of_the_call_and_changes_nothing(
    control: ControlProcess,
    service: str,
    create: Callable[[Any, str], None],
    operation: str,
    member: str,
    code: str,
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    client, pid = control.client(service, HOME_REGION), control.process.pid
    create(client, "before")
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    with pytest.raises(ClientError, match="File too large") as full:
        create(client, "full")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)

    assert full.value.response["Error"]["Code"] == code
    assert len(getattr(client, operation)()[member]) == 1
    create(client, "after")
    assert len(getattr(client, operation)()[member]) == 2
