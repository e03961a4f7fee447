"""Which calls each shared aspect makes for a change."""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, make_context
from twin.provider.schema.aspects import ElbAttributesAspect, ModifyAspect, PutOrDeleteAspect
from twin.provider.schema.resource_type import (
    DescribedResource,
    ResourceChange,
    block,
    boolean,
    integer,
    string,
)
from twin.provider.values import Properties

UPDATE = "UpdateFunctionConfiguration"
CONFIGURATION = (string("description", reset=""), integer("timeout"), string("handler", reset="h"))


def change(new: Properties, *names: str, creating: bool = False) -> ResourceChange:
    return ResourceChange(id="x", old={}, new=new, names=frozenset(names), creating=creating)


def aws_that_takes(*operations: str) -> FakeAws:
    return FakeAws(dict.fromkeys(operations, lambda *_: {}))


# -- one modifying call


def modify(changed: ResourceChange, *, replaces_all: bool = False) -> list[Properties]:
    aws = aws_that_takes(UPDATE)
    aspect = ModifyAspect(
        operation=UPDATE,
        id_param="FunctionName",
        properties=CONFIGURATION,
        replaces_all=replaces_all,
    )
    aspect.apply(make_context(aws, "lambda"), changed)
    return aws.calls_of(UPDATE)


def test_a_modifying_call_has_all_given_arguments_and_resets_the_removed_one() -> None:
    assert modify(change({"timeout": 5}, "description")) == [
        {"FunctionName": "x", "Timeout": 5, "Description": ""}
    ]


def test_an_operation_that_replaces_all_gets_the_reset_value_of_each_missing_argument() -> None:
    (params,) = modify(change({"timeout": 5}, "timeout"), replaces_all=True)

    assert params == {"FunctionName": "x", "Timeout": 5, "Description": "", "Handler": "h"}


def test_a_new_resource_without_these_arguments_needs_no_modifying_call() -> None:
    assert modify(change({"runtime": "python3.13"}, creating=True)) == []


# -- a setting with put and delete


@pytest.mark.parametrize(
    ("new", "creating", "operations"),
    [
        ({"retentionInDays": 7}, False, ["PutRetentionPolicy"]),
        ({"retentionInDays": 7}, True, ["PutRetentionPolicy"]),
        ({"retentionInDays": 0}, False, ["DeleteRetentionPolicy"]),
        ({}, False, ["DeleteRetentionPolicy"]),
        ({}, True, []),
    ],
)
def test_a_setting_is_put_or_deleted_and_a_new_resource_has_none(
    new: Properties, creating: bool, operations: list[str]
) -> None:
    aws = aws_that_takes("PutRetentionPolicy", "DeleteRetentionPolicy")
    aspect = PutOrDeleteAspect(
        setting=integer("retentionInDays"),
        put="PutRetentionPolicy",
        delete="DeleteRetentionPolicy",
        id_param="logGroupName",
    )

    aspect.apply(make_context(aws, "logs"), change(new, "retentionInDays", creating=creating))

    assert aws.operations() == operations
    assert all(params["logGroupName"] == "x" for _, _, params in aws.calls)


# -- attributes of Elastic Load Balancing

ATTRIBUTES = ElbAttributesAspect(
    modify="ModifyTargetGroupAttributes",
    describe="DescribeTargetGroupAttributes",
    id_param="TargetGroupArn",
    properties=(
        integer("slowStart", default=0),
        boolean("multiValue", default=False),
        block("stickiness", boolean("enabled"), string("type")),
    ),
    keys={
        "slowStart": "slow_start",
        "multiValue": "multi_value",
        "stickiness.enabled": "stickiness.enabled",
        "stickiness.type": "stickiness.type",
    },
    applicable=lambda values: (
        frozenset({"multiValue"})
        if values.get("targetType") == "lambda"
        else frozenset({"slowStart", "stickiness"})
    ),
)


def sent_attributes(changed: ResourceChange) -> dict[str, str]:
    aws = aws_that_takes(ATTRIBUTES.modify)
    ATTRIBUTES.apply(make_context(aws, "elbv2"), changed)
    return {
        pair["Key"]: pair["Value"]
        for params in aws.calls_of(ATTRIBUTES.modify)
        for pair in params["Attributes"]
    }


def test_changed_attributes_are_sent_as_text_each_by_its_key() -> None:
    new: Properties = {"slowStart": 30, "stickiness": {"enabled": True, "type": "lb_cookie"}}

    assert sent_attributes(change(new, "slowStart", "stickiness")) == {
        "slow_start": "30",
        "stickiness.enabled": "true",
        "stickiness.type": "lb_cookie",
    }
    assert sent_attributes(change(new, "slowStart")) == {"slow_start": "30"}


def test_a_new_resource_gets_no_attribute_that_has_its_default() -> None:
    assert sent_attributes(change({"slowStart": 0}, "slowStart", creating=True)) == {}


def test_attributes_of_another_target_type_are_neither_sent_nor_read() -> None:
    new: Properties = {"targetType": "lambda", "slowStart": 30, "multiValue": True}
    described = {"Attributes": [{"Key": "slow_start", "Value": "30"}]}
    aws = FakeAws({ATTRIBUTES.describe: lambda *_: described})
    found = DescribedResource(
        context=make_context(aws, "elbv2"), id="x", recorded=new, description={}
    )

    assert sent_attributes(change(new, "slowStart", "multiValue")) == {"multi_value": "true"}
    assert ATTRIBUTES.read(found) == {}


def test_attributes_are_read_back_with_their_types() -> None:
    texts = {"slow_start": "30", "stickiness.enabled": "false", "stickiness.type": ""}
    pairs = [{"Key": key, "Value": value} for key, value in texts.items()]
    aws = FakeAws({ATTRIBUTES.describe: lambda *_: {"Attributes": pairs}})
    found = DescribedResource(
        context=make_context(aws, "elbv2"), id="x", recorded={}, description={}
    )

    assert ATTRIBUTES.read(found) == {"slowStart": 30, "stickiness": {"enabled": False}}
