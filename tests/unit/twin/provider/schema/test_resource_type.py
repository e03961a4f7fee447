"""What a declaration has beside its declared properties."""

from dataclasses import replace

from twin.provider.schema.resource_type import (
    AwsOperation,
    PropertyKind,
    ResourceChange,
    ResourceType,
    output,
    string,
)
from twin.provider.schema.tags import Ec2Tags

NETWORK = ResourceType(
    name="aws:ec2/network:Network",
    service="ec2",
    properties=(string("cidrBlock"), output("arn")),
    create=AwsOperation(operation="CreateNetwork"),
    read=AwsOperation(operation="DescribeNetworks"),
    delete=AwsOperation(operation="DeleteNetwork"),
    resource_id="NetworkId",
    not_found_codes=frozenset(),
)


def names(resource_type: ResourceType) -> list[str]:
    return [prop.name for prop in resource_type.every_property]


def test_a_regional_type_has_a_region_whose_change_replaces_it() -> None:
    region = NETWORK.find_property("region")

    assert names(NETWORK) == ["cidrBlock", "arn", "region"]
    assert region is not None
    assert region.replaces


def test_a_type_of_a_global_service_has_no_region() -> None:
    everywhere = replace(NETWORK, global_region="us-east-1")

    assert everywhere.find_property("region") is None


def test_a_type_with_tags_also_has_those_with_the_defaults() -> None:
    tagged = replace(NETWORK, tagging=Ec2Tags(resource="network"))
    tags, all_tags = tagged.find_property("tags"), tagged.find_property("tagsAll")

    assert names(tagged)[-2:] == ["tags", "tagsAll"]
    assert tags is not None
    assert all_tags is not None
    assert (tags.kind, tags.output) == (PropertyKind.MAP, False)
    assert all_tags.output


def test_an_aspect_sees_the_wanted_arguments_over_the_recorded_properties() -> None:
    change = ResourceChange(id="x", old={"a": 1, "arn": "y"}, new={"a": 2}, names=frozenset({"a"}))

    assert change.ref.properties == {"a": 2, "arn": "y"}
