"""Arguments to parameters, descriptions to properties."""

from datetime import UTC, datetime

import pytest

from tests.unit.twin.provider.fakes import service_models
from twin.provider.schema import shapes
from twin.provider.schema.resource_type import (
    Property,
    block,
    block_list,
    boolean,
    integer,
    json_string,
    mapping,
    number,
    string,
    string_set,
)
from twin.provider.values import UNKNOWN, Properties, Value


def params(service: str, operation: str, *properties: Property, **values: Value) -> Properties:
    return shapes.to_parameters(
        service_models().input_shape(service, operation), properties, values
    )


def test_an_argument_maps_to_the_member_with_the_same_letters() -> None:
    found = params(
        "globalaccelerator",
        "UpdateEndpointGroup",
        block_list(
            "endpointConfigurations", boolean("clientIpPreservationEnabled"), integer("weight")
        ),
        endpointConfigurations=[{"clientIpPreservationEnabled": True, "weight": 1}],
    )

    assert found == {"EndpointConfigurations": [{"ClientIPPreservationEnabled": True, "Weight": 1}]}


def test_an_operation_gets_no_argument_without_a_member() -> None:
    found = params(
        "ec2", "CreateVpc", string("cidrBlock"), string("colour"), cidrBlock="x", colour="red"
    )

    assert found == {"CidrBlock": "x"}


def test_a_number_travels_as_text_where_the_shape_says_so() -> None:
    check = block("healthCheck", string("port", aws="HealthCheckPort"), flat=True)

    found = params("elbv2", "CreateTargetGroup", check, healthCheck={"port": 80})

    assert found == {"HealthCheckPort": "80"}


@pytest.mark.parametrize("value", [None, UNKNOWN])
def test_missing_and_unknown_arguments_are_not_sent(value: Value) -> None:
    assert params("ec2", "CreateVpc", string("cidrBlock"), cidrBlock=value) == {}


def test_local_arguments_are_not_sent() -> None:
    assert params("ec2", "CreateVpc", string("cidrBlock", local=True), cidrBlock="x") == {}


def test_a_removed_argument_is_sent_as_its_reset_value() -> None:
    shape = service_models().input_shape("lambda", "UpdateFunctionConfiguration")
    declared = (string("description", reset=""), string("role"), integer("timeout"))

    assert shapes.reset_parameters(shape, declared, {"timeout": 3}) == {"Description": ""}
    assert shapes.reset_parameters(shape, declared, {"description": "x"}) == {}


@pytest.mark.parametrize(
    ("prop", "described", "value"),
    [
        (string("a"), "x", "x"),
        (string("a"), 80, "80"),
        (string("a"), datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (integer("a"), "80", 80),
        (number("a"), 50.0, 50),
        (number("a"), 0.5, 0.5),
        (boolean("a"), "true", True),
        (boolean("a"), False, False),
        (json_string("a"), {"b": 1}, '{"b": 1}'),
        (mapping("a"), {"b": "c"}, {"b": "c"}),
        (string_set("a"), ["x"], ["x"]),
        (string_set("a"), "x", ["x"]),
        (block("a", string("b")), {"B": "x", "C": "y"}, {"b": "x"}),
        (block("a", string("b")), {"B": ""}, None),
        (block_list("a", string("b")), [{"B": "x"}], [{"b": "x"}]),
        (string("a"), None, None),
    ],
)
def test_a_description_is_converted_to_pulumi_s_form(
    prop: Property, described: Value, value: Value
) -> None:
    assert shapes.from_aws(prop, described) == value


def test_properties_are_found_by_letters_path_or_name() -> None:
    description = {"VpcId": "v", "State": {"Code": "active"}, "DNSName": "d", "Other": 1}
    declared = (string("vpcId"), string("state", path="State.Code"), string("dns", aws="DNSName"))

    found = shapes.to_properties(declared, description)

    assert found == {"vpcId": "v", "state": "active", "dns": "d"}


def test_aws_s_value_for_absence_is_no_property() -> None:
    snap = block("snapStart", string("applyOn"), absent_value={"applyOn": "None"})

    assert shapes.to_properties([snap], {"SnapStart": {"ApplyOn": "None"}}) == {}
    assert shapes.to_properties([snap], {"SnapStart": {"ApplyOn": "PublishedVersions"}}) != {}
