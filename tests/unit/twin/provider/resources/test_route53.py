"""Records: which of a zone's records is the program's, and when its deletion counts as done."""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program, refuse
from twin.provider.errors import ProviderError
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


def list_records(aws: FakeAws, *records: Properties) -> None:
    aws.handlers["ListResourceRecordSets"] = lambda *_: {"ResourceRecordSets": list(records)}


def make_record(name: str, **more: str) -> Properties:
    return {
        "Name": name,
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "192.0.2.9"}],
    } | more


def test_a_record_that_is_gone_is_not_mistaken_for_one_after_it() -> None:
    """The list begins at the name, and goes on with those after it where that is missing.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
    """
    aws = make_aws()
    program = Program(aws, "aws:route53/record:Record")
    program.up({**RECORD, "name": "www"})
    list_records(aws, make_record("www.www.example.test."))

    assert not program.refresh()
    program.destroy()

    assert len(aws.calls_of("ChangeResourceRecordSets")) == 1  # that of its creation


@pytest.mark.parametrize("name", ["*", "*.example.test", "\\052"])
def test_a_wildcard_is_listed_by_its_code(name: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    aws = make_aws()
    list_records(aws, make_record("\\052.example.test."))
    program = Program(aws, "aws:route53/record:Record")

    program.up({**RECORD, "name": name, "records": ["192.0.2.9"]})

    assert program.state["fqdn"] == "*.example.test"
    assert program.refresh()


@pytest.mark.parametrize(
    ("imported", "name", "set_identifier"),
    [
        ("Z1_www_A", "www", None),
        ("Z1_www.example.test_A", "www.example.test", None),
        ("Z1_www_A_BLUE", "www", "BLUE"),
        ("Z1__dmarc.www_A_a_b", "_dmarc.www", "a_b"),
    ],
)
def test_a_record_is_imported_by_zone_name_type_and_set(
    imported: str, name: str, set_identifier: str | None
) -> None:
    """https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route53_record"""
    aws = make_aws()
    full = name if name.endswith("example.test") else f"{name}.example.test"
    described = {"SetIdentifier": set_identifier, "Weight": 1} if set_identifier else {}
    list_records(aws, {**make_record(f"{full.lower()}."), **described})
    program = Program(aws, "aws:route53/record:Record", id=imported)

    assert program.refresh()

    (asked,) = aws.calls_of("ListResourceRecordSets")
    assert asked["StartRecordName"] == full.lower()
    assert program.inputs["name"] == name
    assert program.inputs.get("setIdentifier") == set_identifier


@pytest.mark.parametrize("imported", ["Z1", "Z1_www", "Z1_A", "Z1_www_a"])
def test_another_id_of_a_record_is_refused_with_the_form(imported: str) -> None:
    program = Program(make_aws(), "aws:route53/record:Record", id=imported)

    with pytest.raises(ProviderError, match=r"expected ZONE_NAME_TYPE\[_SET\]"):
        program.refresh()
