"""Records: what a deletion that Route 53 refuses counts as."""

from tests.unit.twin.provider.fakes import FakeAws, Program, refuse
from twin.provider.values import Properties

RECORD: Properties = {
    "zoneId": "Z1",
    "name": "www.example.test",
    "type": "A",
    "ttl": 60,
    "records": ["192.0.2.1"],
}


def make_aws() -> FakeAws:
    aws = FakeAws()
    listed = {
        "Name": "www.example.test.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "192.0.2.1"}],
    }
    aws.handlers = {
        "GetHostedZone": lambda *_: {"HostedZone": {"Id": "Z1", "Name": "example.test."}},
        "ListResourceRecordSets": lambda *_: {"ResourceRecordSets": [listed]},
        "ChangeResourceRecordSets": lambda *_: {"ChangeInfo": {"Id": "C1", "Status": "INSYNC"}},
    }
    return aws


def test_a_deletion_that_route_53_refuses_counts_as_done() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/37806"""
    aws = make_aws()
    program = Program(aws, "aws:route53/record:Record")
    program.up(RECORD)
    aws.handlers["ChangeResourceRecordSets"] = refuse("InvalidChangeBatch")

    program.destroy()

    assert aws.operations()[-1] == "ChangeResourceRecordSets"
