"""The long poll for the Topology, and what all responses to AWS calls have."""

from tests.functional.twin.control.control_process import HOME_REGION, ControlProcess, FakeEdge
from tests.waiting import eventually
from twin import codec
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


def test_a_requested_certificate_is_issued_at_once(control: ControlProcess) -> None:
    acm = control.client("acm")
    arn = acm.request_certificate(DomainName="shop.example")["CertificateArn"]

    certificate = acm.describe_certificate(CertificateArn=arn)["Certificate"]

    assert certificate["Status"] == "ISSUED"
    assert certificate["DomainValidationOptions"][0]["ValidationStatus"] == "SUCCESS"
