"""Every resource type that a plain moto server has: created, unchanged, drifted, changed, gone."""

import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from tests.functional.provider.driver import Driver, Failed, Resource, unpack_partial_failure
from twin.provider.aws_client import AwsClient
from twin.provider.config import parse_configuration
from twin.provider.protocol import wire
from twin.provider.values import Archive, Asset, Properties

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
    ],
}


def code(text: str) -> Archive:
    return Archive(hash=str(hash(text)), assets={"main.py": Asset(text=text, hash=text)})


def check_lifecycle(
    driver: Driver, token: str, name: str, args: Properties, change: Properties
) -> Resource:
    """Create, refresh and update it, with no difference after each; return it."""
    made = driver.create(token, name, args)
    assert driver.diff(made, args) == ([], [])
    refreshed = driver.refresh(made)
    assert refreshed is not None
    assert driver.diff(refreshed, args) == ([], [])
    if not change:
        return made
    wanted = {**args, **change}
    changed = driver.update(made, wanted)
    assert driver.diff(changed, wanted) == ([], [])
    again = driver.refresh(changed)
    assert again is not None
    assert driver.diff(again, wanted) == ([], [])
    return again


def check_deletion(driver: Driver, *resources: Resource) -> None:
    """Delete them twice, which is no error, and refresh to None."""
    for resource in resources:
        driver.delete(resource)
        driver.delete(resource)
        assert driver.refresh(resource) is None


class Network:
    """A VPC with two subnets and a security group."""

    def __init__(self, driver: Driver, name: str) -> None:
        self.driver = driver
        self.vpc = driver.create("aws:ec2/vpc:Vpc", name, {"cidrBlock": "10.0.0.0/16"})
        self.subnets = [
            driver.create(
                "aws:ec2/subnet:Subnet",
                f"{name}-{zone}",
                {
                    "vpcId": self.vpc.id,
                    "cidrBlock": f"10.0.{i}.0/24",
                    "availabilityZone": f"eu-central-1{zone}",
                },
            )
            for i, zone in enumerate("ab")
        ]
        self.group = driver.create(
            "aws:ec2/securityGroup:SecurityGroup", name, {"vpcId": self.vpc.id}
        )

    def load_balancer(self, name: str) -> Properties:
        return {
            "internal": True,
            "subnets": [subnet.id for subnet in self.subnets],
            "securityGroups": [self.group.id],
            "name": name,
        }


def test_a_network_lives(driver: Driver) -> None:
    vpc = check_lifecycle(
        driver,
        "aws:ec2/vpc:Vpc",
        "net",
        {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "n"}},
        {"enableDnsHostnames": False, "tags": {"Name": "m", "x": "y"}},
    )
    subnet = check_lifecycle(
        driver,
        "aws:ec2/subnet:Subnet",
        "a",
        {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24", "availabilityZone": "eu-central-1a"},
        {"mapPublicIpOnLaunch": True},
    )
    gateway = check_lifecycle(
        driver, "aws:ec2/internetGateway:InternetGateway", "gate", {"vpcId": vpc.id}, {}
    )
    routed = {"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
    table = check_lifecycle(
        driver,
        "aws:ec2/routeTable:RouteTable",
        "table",
        {"vpcId": vpc.id, "routes": [routed]},
        {"routes": [{**routed, "cidrBlock": "10.9.0.0/16"}]},
    )
    other = check_lifecycle(driver, "aws:ec2/routeTable:RouteTable", "other", {"vpcId": vpc.id}, {})
    association = check_lifecycle(
        driver,
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "joined",
        {"subnetId": subnet.id, "routeTableId": table.id},
        {"routeTableId": other.id},
    )

    assert vpc.outputs["arn"].endswith(f":vpc/{vpc.id}")
    assert vpc.outputs["mainRouteTableId"].startswith("rtb-")
    assert vpc.outputs["defaultSecurityGroupId"].startswith("sg-")
    check_deletion(driver, association, other, table, gateway, subnet, vpc)


def test_a_security_group_is_what_the_program_says_and_nothing_more(driver: Driver) -> None:
    vpc = driver.create("aws:ec2/vpc:Vpc", "sg-net", {"cidrBlock": "10.0.0.0/16"})
    http = {"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["0.0.0.0/0"]}
    group = check_lifecycle(
        driver,
        "aws:ec2/securityGroup:SecurityGroup",
        "group",
        {"vpcId": vpc.id, "ingress": [{**http, "description": "web"}]},
        {"ingress": [http, {**http, "fromPort": 81, "toPort": 81, "self": True}]},
    )

    assert group.outputs["egress"] == []
    assert group.outputs["name"] == "group-" + group.outputs["name"][-7:]
    check_deletion(driver, group, vpc)


def test_roles_and_policies_live(driver: Driver) -> None:
    role = check_lifecycle(
        driver,
        "aws:iam/role:Role",
        "role",
        {"assumeRolePolicy": json.dumps(TRUST, indent=1), "description": "x"},
        {"description": "y", "tags": {"a": "b"}},
    )
    rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]}
    rights["Statement"][0]["Action"] = ["logs:PutLogEvents"]  # type: ignore[index]  # a plain dict
    policy = check_lifecycle(
        driver,
        "aws:iam/rolePolicy:RolePolicy",
        "rights",
        {"role": role.id, "policy": json.dumps(rights)},
        {"policy": json.dumps(rights).replace("PutLogEvents", "CreateLogStream")},
    )

    assert policy.id == f"{role.id}:{policy.outputs['name']}"
    assert "region" not in role.outputs
    check_deletion(driver, policy, role)


def test_a_log_group_lives(driver: Driver) -> None:
    group = check_lifecycle(
        driver,
        "aws:cloudwatch/logGroup:LogGroup",
        "logs",
        {"name": "/aws/lambda/logs", "retentionInDays": 7},
        {"retentionInDays": 0},
    )

    assert group.id == "/aws/lambda/logs"
    assert not group.outputs["arn"].endswith("*")
    check_deletion(driver, group)


class Function:
    """A function with its role, and an alias."""

    def __init__(self, driver: Driver, name: str) -> None:
        self.role = driver.create(
            "aws:iam/role:Role", f"{name}-role", {"assumeRolePolicy": json.dumps(TRUST)}
        )
        self.args: Properties = {
            "name": name,
            "role": self.role.outputs["arn"],
            "handler": "main.handler",
            "runtime": "python3.13",
            "architectures": ["arm64"],
            "code": code("def handler(event, context): return 1"),
            "publish": True,
            "timeout": 4,
            "environment": {"variables": {"A": "1"}},
        }


def test_a_function_publishes_a_version_at_each_change(driver: Driver) -> None:
    args = Function(driver, "fn").args
    made = driver.create("aws:lambda/function:Function", "fn", args)

    changed = driver.update(made, {**args, "code": code("def handler(e, c): return 2")})
    configured = driver.update(changed, {**changed.inputs, "environment": {"variables": {}}})

    assert [r.outputs["version"] for r in (made, changed, configured)] == ["1", "2", "3"]
    assert configured.outputs["qualifiedArn"] == configured.outputs["arn"] + ":3"
    assert changed.outputs["codeSha256"] != made.outputs["codeSha256"]
    check_deletion(driver, configured)


def test_a_function_lives(driver: Driver) -> None:
    args = Function(driver, "alive").args
    function = check_lifecycle(
        driver,
        "aws:lambda/function:Function",
        "alive",
        {**args, "loggingConfig": {"logFormat": "JSON", "logGroup": "/aws/lambda/alive"}},
        {"timeout": 5, "memorySize": 256, "reservedConcurrentExecutions": 5, "tags": {"a": "b"}},
    )
    alias = check_lifecycle(
        driver,
        "aws:lambda/alias:Alias",
        "live",
        {"name": "live", "functionName": "alive", "functionVersion": "1"},
        {"functionVersion": "2"},
    )

    assert alias.outputs["arn"] == alias.id
    check_deletion(driver, alias, function)


def test_a_load_balancer_in_front_of_a_function_lives(driver: Driver) -> None:
    network = Network(driver, "front")
    args = Function(driver, "front").args
    function = driver.create("aws:lambda/function:Function", "front", args)
    alias = driver.create(
        "aws:lambda/alias:Alias",
        "front-live",
        {"name": "live", "functionName": "front", "functionVersion": "1"},
    )
    balancer = check_lifecycle(
        driver,
        "aws:lb/loadBalancer:LoadBalancer",
        "front",
        network.load_balancer("front"),
        {"idleTimeout": 30, "dropInvalidHeaderFields": True, "tags": {"a": "b"}},
    )
    check = {"path": "/health", "interval": 10, "timeout": 5, "matcher": "200"}
    group = check_lifecycle(
        driver,
        "aws:lb/targetGroup:TargetGroup",
        "front",
        {"targetType": "lambda", "healthCheck": check},
        {"healthCheck": {**check, "interval": 20, "unhealthyThreshold": 2}},
    )
    permission = check_lifecycle(
        driver,
        "aws:lambda/permission:Permission",
        "front",
        {
            "action": "lambda:InvokeFunction",
            "function": "front",
            "principal": "elasticloadbalancing.amazonaws.com",
            "qualifier": "live",
            "sourceArn": group.id,
        },
        {},
    )
    attachment = check_lifecycle(
        driver,
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        "front",
        {"targetGroupArn": group.id, "targetId": alias.id},
        {},
    )
    listener = check_lifecycle(
        driver,
        "aws:lb/listener:Listener",
        "front",
        {
            "loadBalancerArn": balancer.id,
            "port": 80,
            "defaultActions": [{"type": "forward", "targetGroupArn": group.id}],
        },
        {"port": 81},
    )

    assert balancer.outputs["arnSuffix"].startswith("app/front/")
    assert group.outputs["arnSuffix"].startswith("targetgroup/front-")
    assert balancer.outputs["dnsName"]
    check_deletion(driver, listener, attachment, permission, group, balancer, alias, function)


TABLE: Properties = {
    "hashKey": "item_id",
    "attributes": [{"name": "item_id", "type": "S"}],
    "billingMode": "PAY_PER_REQUEST",
}


def test_a_table_lives(driver: Driver) -> None:
    table = check_lifecycle(
        driver,
        "aws:dynamodb/table:Table",
        "items",
        {
            **TABLE,
            "streamEnabled": True,
            "streamViewType": "NEW_AND_OLD_IMAGES",
            "ttl": {"attributeName": "until", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
            "deletionProtectionEnabled": True,
        },
        {"deletionProtectionEnabled": False, "tags": {"a": "b"}},
    )

    assert table.outputs["streamArn"]
    check_deletion(driver, table)


def test_a_global_index_comes_and_goes(driver: Driver) -> None:
    by_day = {"name": "by-day", "hashKey": "day", "projectionType": "ALL"}
    attributes = [*TABLE["attributes"], {"name": "day", "type": "S"}]
    table = check_lifecycle(
        driver,
        "aws:dynamodb/table:Table",
        "indexed",
        TABLE,
        {"attributes": attributes, "globalSecondaryIndexes": [by_day]},
    )

    without = driver.update(table, TABLE)

    assert driver.diff(without, TABLE) == ([], [])
    check_deletion(driver, without)


def test_a_record_lives(driver: Driver, moto_url: str) -> None:
    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": moto_url}))
    zone = aws.call(
        "route53", "us-east-1", "CreateHostedZone", {"Name": "example.com", "CallerReference": "1"}
    )["HostedZone"]["Id"].rpartition("/")[2]
    record = check_lifecycle(
        driver,
        "aws:route53/record:Record",
        "www",
        {"zoneId": zone, "name": "www", "type": "A", "ttl": 60, "records": ["10.0.0.1"]},
        {"records": ["10.0.0.2", "10.0.0.3"], "ttl": 30},
    )
    alias = {"name": "a.example.net", "zoneId": "Z2BJ6XQ5FK7U4H", "evaluateTargetHealth": True}
    other = check_lifecycle(
        driver,
        "aws:route53/record:Record",
        "alias",
        {"zoneId": zone, "name": "api.example.com", "type": "A", "aliases": [alias]},
        {},
    )

    assert record.outputs["fqdn"] == "www.example.com"
    check_deletion(driver, record, other)


# -- across types


def test_a_resource_lives_in_the_region_that_it_names(driver: Driver) -> None:
    args = {**TABLE, "region": "us-west-2"}
    table = driver.create("aws:dynamodb/table:Table", "far", args)

    assert ":us-west-2:" in table.outputs["arn"]
    assert table.outputs["region"] == "us-west-2"
    assert driver.diff(table, {**TABLE}) == (["region"], ["region"])
    check_deletion(driver, table)


def test_a_refresh_sees_what_was_changed_by_hand(driver: Driver, moto_url: str) -> None:
    args = {"name": "/drift", "retentionInDays": 7, "tags": {"a": "b"}}
    group = driver.create("aws:cloudwatch/logGroup:LogGroup", "drift", args)
    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": moto_url}))
    by_hand: Properties = {"logGroupName": "/drift", "retentionInDays": 30}
    aws.call("logs", "eu-central-1", "PutRetentionPolicy", by_hand)

    refreshed = driver.refresh(group)

    assert refreshed is not None
    assert refreshed.inputs["retentionInDays"] == 30
    assert driver.diff(refreshed, args) == (["retentionInDays"], [])
    mended = driver.update(refreshed, args)
    assert mended.outputs["retentionInDays"] == 7
    check_deletion(driver, mended)


def test_an_import_gets_all_arguments(driver: Driver) -> None:
    made = driver.create("aws:ec2/vpc:Vpc", "found", {"cidrBlock": "10.7.0.0/16"})
    bare = Resource(made.token, made.name, made.id, {}, {})

    found = driver.refresh(bare)

    assert found is not None
    assert found.inputs["cidrBlock"] == "10.7.0.0/16"
    assert "arn" not in found.inputs
    assert driver.diff(found, {"cidrBlock": "10.7.0.0/16"}) == ([], [])
    check_deletion(driver, made)


def test_a_preview_knows_arguments_and_leaves_the_rest_open(driver: Driver) -> None:
    values = driver.preview("aws:ec2/vpc:Vpc", "later", {"cidrBlock": "10.0.0.0/16"})

    assert values["cidrBlock"] == "10.0.0.0/16"
    assert repr(values["arn"]) == "<unknown>"


def test_default_tags_are_on_all_and_a_change_of_them_is_a_change(
    connect: Callable[[Properties], Driver],
) -> None:
    tagged = connect({"defaultTags": json.dumps({"tags": {"project": "muster", "a": "x"}})})
    args = {"name": "/tagged", "tags": {"a": "b"}}
    group = tagged.create("aws:cloudwatch/logGroup:LogGroup", "tagged", args)
    assert group.outputs["tags"] == {"a": "b"}
    assert group.outputs["tagsAll"] == {"a": "b", "project": "muster"}

    other = connect({"defaultTags": json.dumps({"tags": {"project": "other"}})})

    assert other.diff(group, args) == (["tagsAll.project"], [])
    refreshed = other.refresh(other.update(group, args))
    assert refreshed is not None
    assert refreshed.outputs["tagsAll"] == {"a": "b", "project": "other"}
    assert refreshed.inputs["tags"] == {"a": "b"}
    check_deletion(other, group)


def test_an_error_of_aws_is_one_line_with_operation_region_and_code(driver: Driver) -> None:
    driver.create("aws:dynamodb/table:Table", "twice", {**TABLE, "name": "twice"})

    with pytest.raises(grpc.RpcError) as failed:
        driver.create("aws:dynamodb/table:Table", "twice", {**TABLE, "name": "twice"})

    error: Any = failed.value
    assert error.details().startswith(
        "aws:dynamodb/table:Table 'twice': CreateTable in eu-central-1: ResourceInUseException"
    )
    assert "\n" not in error.details()


def test_an_unfinished_creation_is_finished_by_the_next_update(driver: Driver) -> None:
    vpc = driver.create("aws:ec2/vpc:Vpc", "half", {"cidrBlock": "10.0.0.0/16"})
    route = {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-00000000"}
    token = "aws:ec2/routeTable:RouteTable"

    with pytest.raises(grpc.RpcError) as failed:
        driver.create(token, "half", {"vpcId": vpc.id, "routes": [route]})

    left = unpack_partial_failure(failed.value)
    assert left.id.startswith("rtb-")
    assert "InvalidInternetGatewayID.NotFound" in left.reasons[0]
    half = Resource(
        token, "half", left.id, wire.from_struct(left.inputs), wire.from_struct(left.properties)
    )
    gateway = driver.create("aws:ec2/internetGateway:InternetGateway", "half", {"vpcId": vpc.id})
    wanted = {"vpcId": vpc.id, "routes": [{**route, "gatewayId": gateway.id}]}
    whole = driver.update(half, wanted)
    assert whole.outputs["routes"] == wanted["routes"]
    check_deletion(driver, whole, gateway, vpc)


def test_a_type_that_is_not_declared_fails_with_the_file_to_add_it_to(driver: Driver) -> None:
    with pytest.raises(Failed, match=r"aws:sqs/queue:Queue.*twin/provider/resources/sqs.py"):
        driver.check("aws:sqs/queue:Queue", "q", {})


def test_data_sources_answer(driver: Driver) -> None:
    zones = driver.invoke(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        {"region": "us-west-2", "state": "available"},
    )
    who = driver.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    region = driver.invoke("aws:index/getRegion:getRegion", {})

    assert zones["names"][:2] == ["us-west-2a", "us-west-2b"]
    assert who["accountId"] == "123456789012"
    assert region["region"] == "eu-central-1"


def test_a_data_source_takes_no_argument_that_it_does_not_know(driver: Driver) -> None:
    with pytest.raises(Failed, match="does not know the argument 'colour'"):
        driver.invoke("aws:index/getRegion:getRegion", {"colour": "red"})
    with pytest.raises(grpc.RpcError, match=r"twin/provider/resources/invokes\.py"):
        driver.invoke("aws:index/getPartition:getPartition", {})
