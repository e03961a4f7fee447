"""What counts as left of a stack, and where it is looked for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.clocks import ManualClock
from tests.unit.tools.rehearsal.builders import make_subject
from tools.rehearsal.leftovers import (
    LISTINGS,
    LeftoverSearch,
    find_name,
    is_of_stack,
    list_names,
)

TABLES = next(one for one in LISTINGS if one.kind == "table")
WEB_ACLS = next(one for one in LISTINGS if one.kind == "web ACL")


class FakeAws:
    """Lists what it is given: (service, Region) -> member -> page after page."""

    def __init__(self, pages: dict[tuple[str, str], dict[str, list[list[Any]]]]) -> None:
        self.pages = pages
        self.asked: list[tuple[str, str]] = []
        self.clock = ManualClock(0.0)

    def make_client(self, service: str, region: str) -> "FakeClient":
        self.asked.append((service, region))
        return FakeClient(self.pages.get((service, region), {}))

    def search(self, stack: str = "prod", within_s: float = 0.0) -> tuple[str, ...]:
        found = LeftoverSearch(
            subject=make_subject(stack), make_client=self.make_client, clock=self.clock
        )
        return found.run(within_s)


class FakeClient:
    """Answers every listing by the member that has its name."""

    def __init__(self, pages: dict[str, list[list[Any]]]) -> None:
        self.pages = pages

    def can_paginate(self, _operation: str) -> bool:
        return True

    def get_paginator(self, operation: str) -> "FakeClient":
        if operation in self.pages and self.pages[operation] == [["denied"]]:
            answer: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}}
            raise ClientError(answer, operation)
        return self

    def paginate(self, **_parameters: str) -> Iterator[dict[str, list[Any]]]:
        for member, pages in self.pages.items():
            for page in pages:
                yield {member: page}


def test_nothing_is_left_where_nothing_has_the_stack_s_names() -> None:
    others = {"TableNames": [["muster-prod2-items", "muster", "x-muster-prod"]]}

    assert FakeAws({("dynamodb", "us-west-2"): others}).search() == ()


def test_what_is_left_is_named_with_its_region_on_every_page() -> None:
    aws = FakeAws(
        {
            ("dynamodb", "ap-northeast-1"): {"TableNames": [["a"], ["muster-prod-items"]]},
            ("ec2", "us-west-2"): {
                "Vpcs": [[{"Tags": [{"Key": "Name", "Value": "muster-prod"}]}, {"VpcId": "v"}]]
            },
            ("logs", "eu-central-1"): {
                "logGroups": [[{"logGroupName": "/aws/lambda/muster-prod"}]]
            },
            ("globalaccelerator", "us-west-2"): {"Accelerators": [[{"Name": "muster-prod"}]]},
        }
    )

    assert aws.search() == (
        "us-west-2: accelerator muster-prod",
        "ap-northeast-1: table muster-prod-items",
        "us-west-2: VPC muster-prod",
        "eu-central-1: log group /aws/lambda/muster-prod",
    )


def test_what_cannot_be_listed_is_not_taken_for_nothing() -> None:
    aws = FakeAws({("lambda", "us-west-2"): {"list_functions": [["denied"]]}})

    (line,) = aws.search()

    assert line.startswith("us-west-2: function: not known: ")
    assert "AccessDenied" in line


def test_a_deleted_thing_that_is_still_listed_is_looked_for_again() -> None:
    aws = FakeAws({("lambda", "us-west-2"): {"Functions": [[{"FunctionName": "muster-prod"}]]}})
    clock = aws.clock
    gone_s = 12.0

    def make_client(service: str, region: str) -> FakeClient:
        return aws.make_client(service, region if clock.seconds < gone_s else "gone")

    search = LeftoverSearch(subject=make_subject(), make_client=make_client, clock=clock)

    assert search.run(within_s=60.0) == ()
    assert gone_s <= clock.seconds < 60.0


def test_a_twin_is_asked_for_the_services_that_it_has() -> None:
    on_twin, on_aws = FakeAws({}), FakeAws({})

    on_twin.search("local")
    on_aws.search("prod")

    assert {"wafv2", "s3", "fis"} == {service for service, _ in set(on_aws.asked)} - {
        service for service, _ in set(on_twin.asked)
    }


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: f"{one.service}.{one.operation}")
def test_each_listing_is_one_of_boto3_with_such_members(listing: Any) -> None:  # noqa: ANN401
    """https://docs.aws.amazon.com/boto3/latest/reference/services/index.html"""
    client: Any = boto3.client(
        listing.service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    operation = client.meta.method_to_api_mapping[listing.operation]
    model = client.meta.service_model.operation_model(operation)

    shape = model.output_shape.members[listing.members].member
    assert set(model.input_shape.required_members) <= {name for name, _ in listing.parameters}
    for key in filter(None, listing.name.split(".")):
        if shape.type_name == "list":
            assert {"Key", "Value"} == set(shape.member.members)
        elif shape.type_name == "structure":
            shape = shape.members[key]
        else:
            assert shape.type_name == "map"


def test_an_operation_without_pages_is_called_once() -> None:
    class Whole:
        def can_paginate(self, _operation: str) -> bool:
            return False

        def list_web_acls(self, **parameters: str) -> dict[str, list[dict[str, str]]]:
            return {"WebACLs": [{"Name": parameters["Scope"]}]}

    assert list_names(Whole(), WEB_ACLS) == {"REGIONAL"}


def test_names_of_the_dns_door_are_compared_with_its_domain() -> None:
    subject = replace(make_subject(), dns_domain="api.example.com")

    assert is_of_stack("us-west-2.api.example.com", subject, by_domain=True)
    assert not is_of_stack("myapi.example.com", subject, by_domain=True)
    assert not is_of_stack("", make_subject(), by_domain=True)


def test_a_thing_without_its_name_has_none() -> None:
    assert find_name({"Tags": [{"Key": "x", "Value": "y"}]}, "Tags.Name") == ""
    assert find_name({}, "tags.Name") == ""
    assert find_name("t", TABLES.name) == "t"
