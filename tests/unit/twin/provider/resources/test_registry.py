"""The declarations against pulumi_aws's own classes."""

import importlib
import inspect
from typing import Any

import pytest

from tests.unit.twin.provider.fakes import service_models
from twin.provider.errors import UnknownToken
from twin.provider.resources.registry import (
    declaration_file,
    find_resource_type,
    resource_types,
)
from twin.provider.schema import shapes
from twin.provider.schema.resource_type import BLOCK_KINDS, Property, ResourceType


def sdk_class(token: str) -> tuple[Any, str, Any]:
    """pulumi_aws's module, the class' name, and the class."""
    _, path, name = token.split(":")
    module = path.partition("/")[0]
    folder = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    return folder, name, getattr(folder, name)


def wire_names(cls: type) -> set[str]:
    """Names on the wire of a generated class' properties."""
    found = inspect.getmembers(cls, lambda member: isinstance(member, property))
    return {getattr(member.fget, "_pulumi_name", name) for name, member in found}


def nested_class(folder: Any, parent: str, field: str) -> type | None:  # noqa: ANN401
    """pulumi_aws's class of a nested object: its name is the parent's and the field's, singular."""
    stem = field[0].upper() + field[1:]
    endings = (stem, stem.removesuffix("s"), stem[:-3] + "y" if stem.endswith("ies") else stem)
    extra = (stem.removesuffix("es"),)
    for ending in (*endings, *extra):
        found = getattr(folder, f"{parent}{ending}Args", None)
        if isinstance(found, type):
            return found
    return None


TOKENS = sorted(resource_types())


@pytest.mark.parametrize("token", TOKENS)
def test_every_argument_is_one_of_pulumi_aws(token: str) -> None:
    resource_type = find_resource_type(token)
    folder, name, _ = sdk_class(token)

    declared = {prop.name for prop in resource_type.every_property if not prop.output}

    assert declared - wire_names(getattr(folder, f"{name}Args")) == set()


@pytest.mark.parametrize("token", TOKENS)
def test_every_output_is_named_as_in_pulumi_aws(token: str) -> None:
    resource_type = find_resource_type(token)
    _, _, cls = sdk_class(token)

    assert {prop.name for prop in resource_type.every_property} - wire_names(cls) == set()


@pytest.mark.parametrize("token", TOKENS)
def test_every_output_of_pulumi_aws_that_programs_use_is_there(token: str) -> None:
    resource_type = find_resource_type(token)
    folder, name, cls = sdk_class(token)
    only_outputs = wire_names(cls) - wire_names(getattr(folder, f"{name}Args"))
    not_served = {
        "id", "urn", "pulumi_resource_name", "pulumi_resource_type",
        "ipv6AssociationId", "ipv6CidrBlockAssociationId",  # no IPv6 in the twin
        "responseStreamingInvokeArn", "signingJobArn", "signingProfileVersionArn",
    }  # fmt: skip

    assert only_outputs - {prop.name for prop in resource_type.every_property} - not_served == set()


@pytest.mark.parametrize("token", TOKENS)
def test_every_field_of_an_object_is_one_of_pulumi_aws(token: str) -> None:
    resource_type = find_resource_type(token)
    folder, name, _ = sdk_class(token)

    def walk(parent: str, fields: tuple[Property, ...]) -> None:
        for prop in fields:
            if prop.kind not in BLOCK_KINDS or prop.output:
                continue
            args = nested_class(folder, parent, prop.name)
            assert args is not None, f"{parent}: no class for {prop.name}"
            assert {inner.name for inner in prop.fields} - wire_names(args) == set()
            walk(args.__name__.removesuffix("Args"), prop.fields)

    walk(name, resource_type.properties)


@pytest.mark.parametrize("token", TOKENS)
def test_what_pulumi_aws_requires_is_required(token: str) -> None:
    resource_type = find_resource_type(token)
    folder, name, _ = sdk_class(token)
    signature = inspect.signature(getattr(folder, f"{name}Args").__init__)
    required = {
        parameter.replace("_", "").lower()
        for parameter, described in signature.parameters.items()
        if described.default is inspect.Parameter.empty and not parameter.startswith("__")
    }

    declared = {prop.name.lower() for prop in resource_type.properties if prop.required}

    assert required <= declared


def calls(resource_type: ResourceType) -> set[str]:
    found = {
        resource_type.create.operation,
        resource_type.read.operation,
        resource_type.delete.operation,
    }
    return found | {a.operation for a in resource_type.aspects if hasattr(a, "operation")}


@pytest.mark.parametrize("token", TOKENS)
def test_every_operation_is_one_of_the_service(token: str) -> None:
    resource_type = find_resource_type(token)

    for operation in calls(resource_type):
        assert service_models().input_shape(resource_type.service, operation) is not None


@pytest.mark.parametrize("token", TOKENS)
def test_every_argument_is_sent_or_handled(token: str) -> None:
    """An argument that no call sends, no aspect sets and that is not local would be dropped."""
    resource_type = find_resource_type(token)
    aspects = frozenset[str]().union(*(aspect.names for aspect in resource_type.aspects))
    shape = service_models().input_shape(resource_type.service, resource_type.create.operation)
    assert shape is not None

    lost = [
        prop.name
        for prop in resource_type.properties
        if not (prop.output or prop.local or prop.flat or prop.name in aspects)
        and shapes.member_of(prop, shape.members) is None
        and not (
            resource_type.create.extra_params
            and prop.name in ADDED[token.replace("aws:alb/", "aws:lb/")]
        )
    ]

    assert lost == []


ADDED: dict[str, set[str]] = {
    "aws:apigateway/methodSettings:MethodSettings": {"methodPath"},
    "aws:dynamodb/table:Table": {"hashKey", "rangeKey"},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"vpcId"},
    "aws:lambda/function:Function": {"code"},
    "aws:lb/loadBalancer:LoadBalancer": {"internal"},
    "aws:lb/listener:Listener": {"certificateArn"},
    "aws:lb/listenerCertificate:ListenerCertificate": {"certificateArn"},
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": {"targetId", "port", "availabilityZone"},
    "aws:route53/healthCheck:HealthCheck": {
        "type",
        "measureLatency",
        "requestInterval",
        "routingControlArn",
    },
    "aws:route53/cidrLocation:CidrLocation": {"cidrCollectionId", "name", "cidrBlocks"},
    "aws:route53/zone:Zone": {"vpcs"},
    "aws:route53/record:Record": {"multivalueAnswerRoutingPolicy"},
}
"""Arguments that a creation's `adds` brings in AWS's own form."""


def test_the_error_for_an_unknown_type_names_its_file() -> None:
    with pytest.raises(UnknownToken, match=r"aws:sqs/queue:Queue.*resources/sqs\.py"):
        find_resource_type("aws:sqs/queue:Queue")


@pytest.mark.parametrize(
    ("token", "file"),
    [
        ("aws:lambda/function:Function", "lambda_.py"),
        ("aws:ec2/vpc:Vpc", "ec2/"),
        ("aws:alb/listener:Listener", "lb/"),
        ("aws:cloudwatch/logGroup:LogGroup", "logs.py"),
        ("aws:sqs/queue:Queue", "sqs.py"),
    ],
)
def test_a_type_is_declared_in_its_service_s_file(token: str, file: str) -> None:
    assert declaration_file(token) == f"twin/provider/resources/{file}"
