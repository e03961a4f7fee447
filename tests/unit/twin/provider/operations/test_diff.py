"""What differs, and whether that replaces: rules, then a table for each type."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.provider.operations.check import NamingRequest, check_arguments
from twin.provider.operations.diff import (
    PropertyPath,
    ResourceDiff,
    complete_arguments,
    compute_diff,
    find_differences,
    format_path,
    parse_path,
    values_match,
)
from twin.provider.resources.registry import find_resource_type, resource_types
from twin.provider.schema.resource_type import (
    Property,
    block,
    block_list,
    block_set,
    boolean,
    integer,
    json_string,
    mapping,
    string,
    string_set,
)
from twin.provider.values import UNKNOWN, Archive, Properties, Value

NAMES = NamingRequest(logical_name="web", seed=b"1")


def paths(prop: Property, old: Value, new: Value) -> list[str]:
    before = {} if old is None else {prop.name: old}
    after = {} if new is None else {prop.name: new}
    return [str(one) for one in find_differences([prop], before, after)]


POINT = (string("x", required=True), string("y", computed=True), integer("z", default=3))


@pytest.mark.parametrize(
    ("prop", "old", "new", "differs"),
    [
        (string("a"), "1", "1", []),
        (string("a"), "1", "2", ["a"]),
        (string("a"), None, "2", ["a"]),
        (string("a"), "1", None, ["a"]),
        (string("a"), "1", UNKNOWN, ["a"]),
        (string("a"), "", None, []),
        (string("a"), None, "", []),
        (string("a", computed=True), "1", None, []),
        (string("a", computed=True), "1", "2", ["a"]),
        (integer("a", default=3), None, 3, []),
        (integer("a", default=3), None, 4, ["a"]),
        (integer("a", removing_value=-1), None, -1, []),
        (integer("a", removing_value=-1), 4, -1, ["a"]),
        (integer("a"), 0, None, ["a"]),
        (boolean("a"), False, None, []),
        (boolean("a"), True, None, ["a"]),
        (boolean("a"), True, False, ["a"]),
        (json_string("a"), '{"b": 1, "c": [2]}', '{"c": 2,\n"b": 1}', []),
        (json_string("a"), '{"b": 1}', '{"b": 2}', ["a"]),
        (json_string("a"), '{"b": ["x", "y"]}', '{"b": ["y", "x"]}', []),
        (json_string("a"), "no json", "no json", []),
        (mapping("a"), {"b": "1"}, {"b": "1"}, []),
        (mapping("a"), {"b": "1"}, {"b": "2"}, ["a.b"]),
        (mapping("a"), {"b": "1"}, {"c.d": "1"}, ["a.b", 'a["c.d"]']),
        (mapping("a"), {"b": "1"}, {"b": UNKNOWN}, ["a.b"]),
        (string_set("a"), ["1", "2"], ["2", "1"], []),
        (string_set("a"), ["1", "2"], ["2", "3"], ["a[1]", "a[0]"]),
        (string_set("a"), ["1"], [], ["a[0]"]),
        (block("a", *POINT), {"x": "1", "y": "2"}, {"x": "1"}, []),
        (block("a", *POINT), {"x": "1"}, {"x": "2"}, ["a.x"]),
        (block("a", *POINT), {"x": "1", "z": 4}, {"x": "1"}, []),
        (block("a", boolean("on"), string("b")), {"on": False}, None, []),
        (block("a", boolean("on"), string("b")), None, {"on": False}, []),
        (block("a", boolean("on"), string("b")), {"on": True}, None, ["a"]),
        (block_list("a", *POINT), [{"x": "1"}], [{"x": "1"}, {"x": "2"}], ["a[1]"]),
        (block_list("a", *POINT), [{"x": "1"}, {"x": "2"}], [{"x": "2"}], ["a[0].x", "a[1]"]),
        (block_set("a", *POINT), [{"x": "1", "y": "9"}, {"x": "2"}], [{"x": "2"}, {"x": "1"}], []),
        (block_set("a", *POINT), [{"x": "1"}], [{"x": "2"}], ["a[0]"]),
    ],
)
def test_values_are_compared_by_their_type(
    prop: Property, old: Value, new: Value, differs: list[str]
) -> None:
    assert paths(prop, old, new) == differs


def test_archives_are_compared_by_their_hashes() -> None:
    code = find_resource_type("aws:lambda/function:Function").find_property("code")
    assert code is not None

    assert values_match(code, Archive(hash="1"), Archive(hash="1", path="app"))
    assert not values_match(code, Archive(hash="1", path="app"), Archive(hash="2", path="app"))


@given(st.lists(st.text(max_size=3), max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_a_set_is_ignored(values: list[str], random: st.DataObject) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random

    assert paths(string_set("a"), values, shuffled) == []


# -- paths


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a[0].b", ("a", 0, "b")),
        ('a["b.c"]', ("a", "b.c")),
        (r'a["b\"c"]', ("a", 'b"c')),
        ("a[*].b", ("a", "*", "b")),
        ("a.*", ("a", "*")),
    ],
)
def test_a_path_is_parsed_as_pulumi_writes_it(path: str, steps: PropertyPath) -> None:
    assert parse_path(path) == steps


@given(
    st.lists(st.text(min_size=1, max_size=5) | st.integers(0, 99), min_size=1, max_size=4).filter(
        lambda steps: isinstance(steps[0], str) and "*" not in steps
    )
)
def test_a_formatted_path_can_be_parsed(steps: list[str | int]) -> None:
    assert parse_path(format_path(tuple(steps))) == tuple(steps)


# -- types


def compare(
    token: str, old: Properties, new: Properties, ignored: tuple[str, ...] = ()
) -> ResourceDiff:
    kind = find_resource_type(token)
    before = check_arguments(kind, olds={}, news=old, names=NAMES)
    after = check_arguments(kind, olds=before.inputs, news=new, names=NAMES)
    assert (before.failures, after.failures) == ((), ())
    state = complete_arguments(kind, before.inputs, region="eu-central-1", default_tags={})
    wanted = complete_arguments(kind, after.inputs, region="eu-central-1", default_tags={})
    return compute_diff(kind, state=state, news=wanted, ignored=ignored)


REST_METHOD: Properties = {"restApi": "a", "resourceId": "r", "httpMethod": "GET"}
BASE: dict[str, Properties] = {
    "aws:acm/certificate:Certificate": {"domainName": "a.example", "validationMethod": "DNS"},
    "aws:acm/certificateValidation:CertificateValidation": {"certificateArn": "c"},
    "aws:apigateway/account:Account": {"cloudwatchRoleArn": "r"},
    "aws:apigateway/basePathMapping:BasePathMapping": {"domainName": "d", "restApi": "a"},
    "aws:apigateway/deployment:Deployment": {"restApi": "a", "triggers": {"a": "1"}},
    "aws:apigateway/domainName:DomainName": {
        "domainName": "a.example",
        "regionalCertificateArn": "c",
    },
    "aws:apigateway/integration:Integration": {**REST_METHOD, "type": "AWS_PROXY", "uri": "f"},
    "aws:apigateway/integrationResponse:IntegrationResponse": {**REST_METHOD, "statusCode": "200"},
    "aws:apigateway/method:Method": {**REST_METHOD, "authorization": "NONE"},
    "aws:apigateway/methodResponse:MethodResponse": {**REST_METHOD, "statusCode": "200"},
    "aws:apigateway/methodSettings:MethodSettings": {
        "restApi": "a",
        "stageName": "s",
        "methodPath": "*/*",
        "settings": {"metricsEnabled": True},
    },
    "aws:apigateway/resource:Resource": {"restApi": "a", "parentId": "p", "pathPart": "x"},
    "aws:apigateway/response:Response": {"restApiId": "a", "responseType": "THROTTLED"},
    "aws:apigateway/restApi:RestApi": {"name": "a"},
    "aws:apigateway/stage:Stage": {"restApi": "a", "stageName": "s", "deployment": "d"},
    "aws:apigatewayv2/api:Api": {"name": "a", "protocolType": "HTTP"},
    "aws:apigatewayv2/apiMapping:ApiMapping": {"apiId": "a", "domainName": "d", "stage": "s"},
    "aws:apigatewayv2/deployment:Deployment": {"apiId": "a", "triggers": {"a": "1"}},
    "aws:apigatewayv2/domainName:DomainName": {
        "domainName": "a.example",
        "domainNameConfiguration": {
            "certificateArn": "c",
            "endpointType": "REGIONAL",
            "securityPolicy": "TLS_1_2",
        },
    },
    "aws:apigatewayv2/integration:Integration": {
        "apiId": "a",
        "integrationType": "AWS_PROXY",
        "integrationUri": "f",
    },
    "aws:apigatewayv2/route:Route": {"apiId": "a", "routeKey": "GET /"},
    "aws:apigatewayv2/stage:Stage": {"apiId": "a", "name": "s"},
    "aws:cloudwatch/dashboard:Dashboard": {
        "dashboardName": "d",
        "dashboardBody": '{"widgets": []}',
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "name": "a",
        "metricName": "m",
        "statistic": "Sum",
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "dimensions": {"a": "b"},
    },
    "aws:dynamodb/tableItem:TableItem": {
        "tableName": "t",
        "hashKey": "id",
        "item": '{"id": {"S": "a"}, "n": {"N": "1"}}',
    },
    "aws:ec2/route:Route": {
        "routeTableId": "rtb-1",
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": "igw-1",
    },
    "aws:ec2/securityGroupRule:SecurityGroupRule": {
        "securityGroupId": "sg-1",
        "type": "ingress",
        "protocol": "tcp",
        "fromPort": 80,
        "toPort": 80,
        "cidrBlocks": ["0.0.0.0/0"],
    },
    "aws:iam/policy:Policy": {"name": "p", "policy": "{}", "path": "/"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"role": "r", "policyArn": "p"},
    "aws:lb/listenerCertificate:ListenerCertificate": {"listenerArn": "l", "certificateArn": "c"},
    "aws:lb/listenerRule:ListenerRule": {
        "listenerArn": "l",
        "priority": 1,
        "actions": [{"type": "forward", "targetGroupArn": "t"}],
        "conditions": [{"pathPattern": {"values": ["/a"]}}],
    },
    "aws:route53/cidrCollection:CidrCollection": {"name": "c"},
    "aws:route53/cidrLocation:CidrLocation": {
        "cidrCollectionId": "c",
        "name": "home",
        "cidrBlocks": ["192.0.2.0/24"],
    },
    "aws:route53/trafficPolicy:TrafficPolicy": {"name": "p", "document": "{}"},
    "aws:route53/trafficPolicyInstance:TrafficPolicyInstance": {
        "name": "www.a.example",
        "hostedZoneId": "Z",
        "trafficPolicyId": "p",
        "trafficPolicyVersion": 1,
        "ttl": 60,
    },
    "aws:route53/healthCheck:HealthCheck": {
        "type": "HTTP",
        "fqdn": "a.example",
        "port": 80,
        "requestInterval": 30,
    },
    "aws:route53/zone:Zone": {"name": "a.example", "comment": "c"},
    "aws:ec2/vpc:Vpc": {"cidrBlock": "10.0.0.0/16"},
    "aws:ec2/subnet:Subnet": {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"},
    "aws:ec2/internetGateway:InternetGateway": {"vpcId": "vpc-1"},
    "aws:ec2/routeTable:RouteTable": {"vpcId": "vpc-1", "routes": []},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {"routeTableId": "r", "subnetId": "s"},
    "aws:ec2/securityGroup:SecurityGroup": {"name": "g", "vpcId": "vpc-1"},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"vpcId": "vpc-1"},
    "aws:iam/role:Role": {"name": "r", "assumeRolePolicy": "{}"},
    "aws:iam/rolePolicy:RolePolicy": {"name": "p", "role": "r", "policy": "{}"},
    "aws:cloudwatch/logGroup:LogGroup": {"name": "/l"},
    "aws:lambda/function:Function": {
        "name": "f",
        "role": "r",
        "handler": "h",
        "runtime": "python3.13",
        "code": Archive(hash="1"),
    },
    "aws:lambda/alias:Alias": {"name": "live", "functionName": "f", "functionVersion": "1"},
    "aws:lambda/permission:Permission": {
        "statementId": "s",
        "action": "lambda:InvokeFunction",
        "function": "f",
        "principal": "elasticloadbalancing.amazonaws.com",
    },
    "aws:lb/loadBalancer:LoadBalancer": {"name": "b", "subnets": ["a", "b"], "internal": True},
    "aws:lb/targetGroup:TargetGroup": {"name": "t", "targetType": "lambda"},
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": {
        "targetGroupArn": "t",
        "targetId": "f",
    },
    "aws:lb/listener:Listener": {
        "loadBalancerArn": "b",
        "port": 80,
        "defaultActions": [{"type": "forward", "targetGroupArn": "t"}],
    },
    "aws:dynamodb/table:Table": {
        "name": "items",
        "hashKey": "id",
        "attributes": [{"name": "id", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
    },
    "aws:globalaccelerator/accelerator:Accelerator": {"name": "a"},
    "aws:globalaccelerator/listener:Listener": {
        "acceleratorArn": "a",
        "protocol": "TCP",
        "portRanges": [{"fromPort": 80, "toPort": 80}],
    },
    "aws:globalaccelerator/endpointGroup:EndpointGroup": {
        "listenerArn": "l",
        "endpointGroupRegion": "eu-central-1",
        "endpointConfigurations": [{"endpointId": "b", "weight": 100}],
    },
    "aws:route53/record:Record": {
        "zoneId": "Z",
        "name": "www",
        "type": "A",
        "ttl": 60,
        "records": ["10.0.0.1"],
    },
}
KEYS = [{"name": "id", "type": "S"}, {"name": "day", "type": "S"}]
CHANGES: list[tuple[str, Properties, bool]] = [
    ("acm/certificate:Certificate", {"domainName": "b.example"}, True),
    ("acm/certificateValidation:CertificateValidation", {"certificateArn": "d"}, True),
    ("apigateway/account:Account", {"cloudwatchRoleArn": "s"}, False),
    ("apigateway/basePathMapping:BasePathMapping", {"stageName": "s"}, False),
    ("apigateway/basePathMapping:BasePathMapping", {"basePath": "v1"}, True),
    ("apigateway/deployment:Deployment", {"description": "d"}, False),
    ("apigateway/deployment:Deployment", {"triggers": {"a": "2"}}, True),
    ("apigateway/domainName:DomainName", {"regionalCertificateArn": "e"}, False),
    ("apigateway/domainName:DomainName", {"domainName": "b.example"}, True),
    ("apigateway/integration:Integration", {"uri": "g"}, False),
    ("apigateway/integration:Integration", {"type": "MOCK"}, True),
    ("apigateway/integrationResponse:IntegrationResponse", {"selectionPattern": "2.."}, False),
    ("apigateway/integrationResponse:IntegrationResponse", {"statusCode": "201"}, True),
    ("apigateway/method:Method", {"requestParameters": {"a": "true"}}, False),
    ("apigateway/method:Method", {"httpMethod": "PUT"}, True),
    ("apigateway/methodResponse:MethodResponse", {"responseModels": {"a": "Empty"}}, False),
    ("apigateway/methodResponse:MethodResponse", {"statusCode": "201"}, True),
    (
        "apigateway/methodSettings:MethodSettings",
        {"settings": {"metricsEnabled": False}},
        False,
    ),
    ("apigateway/methodSettings:MethodSettings", {"methodPath": "a/GET"}, True),
    ("apigateway/resource:Resource", {"pathPart": "y"}, False),
    ("apigateway/resource:Resource", {"restApi": "b"}, True),
    ("apigateway/response:Response", {"statusCode": "404"}, False),
    ("apigateway/response:Response", {"responseType": "DEFAULT_4XX"}, True),
    ("apigateway/restApi:RestApi", {"name": "b"}, False),
    ("apigateway/restApi:RestApi", {"region": "us-west-2"}, True),
    ("apigateway/stage:Stage", {"deployment": "e"}, False),
    ("apigateway/stage:Stage", {"stageName": "t"}, True),
    ("apigatewayv2/api:Api", {"name": "b"}, False),
    ("apigatewayv2/api:Api", {"protocolType": "WEBSOCKET"}, True),
    ("apigatewayv2/api:Api", {"target": "f"}, True),
    ("apigatewayv2/api:Api", {"corsConfiguration": {"allowOrigins": ["*"]}}, False),
    ("apigatewayv2/apiMapping:ApiMapping", {"stage": "t"}, False),
    ("apigatewayv2/apiMapping:ApiMapping", {"apiId": "b"}, True),
    ("apigatewayv2/deployment:Deployment", {"description": "d"}, False),
    ("apigatewayv2/deployment:Deployment", {"triggers": {"a": "2"}}, True),
    (
        "apigatewayv2/domainName:DomainName",
        {
            "domainNameConfiguration": {
                "certificateArn": "d",
                "endpointType": "REGIONAL",
                "securityPolicy": "TLS_1_2",
            }
        },
        False,
    ),
    ("apigatewayv2/domainName:DomainName", {"domainName": "b.example"}, True),
    ("apigatewayv2/integration:Integration", {"integrationUri": "g"}, False),
    ("apigatewayv2/integration:Integration", {"apiId": "b"}, True),
    ("apigatewayv2/route:Route", {"routeKey": "GET /a"}, False),
    ("apigatewayv2/route:Route", {"apiId": "b"}, True),
    ("apigatewayv2/stage:Stage", {"autoDeploy": True}, False),
    ("apigatewayv2/stage:Stage", {"name": "t"}, True),
    (
        "cloudwatch/dashboard:Dashboard",
        {"dashboardBody": '{"widgets": [], "start": "-PT3H"}'},
        False,
    ),
    ("cloudwatch/dashboard:Dashboard", {"dashboardName": "e"}, True),
    ("cloudwatch/metricAlarm:MetricAlarm", {"threshold": 2}, False),
    ("cloudwatch/metricAlarm:MetricAlarm", {"dimensions": {"a": "c"}}, False),
    ("cloudwatch/metricAlarm:MetricAlarm", {"name": "b"}, True),
    ("dynamodb/tableItem:TableItem", {"item": '{"id": {"S": "a"}, "n": {"N": "2"}}'}, False),
    ("dynamodb/tableItem:TableItem", {"tableName": "u"}, True),
    ("ec2/route:Route", {"destinationCidrBlock": "10.0.0.0/8"}, True),
    ("ec2/securityGroupRule:SecurityGroupRule", {"toPort": 81}, True),
    ("iam/policy:Policy", {"policy": '{"Version": "2012-10-17"}'}, False),
    ("iam/policy:Policy", {"description": "d"}, True),
    ("iam/rolePolicyAttachment:RolePolicyAttachment", {"policyArn": "q"}, True),
    ("lb/listenerCertificate:ListenerCertificate", {"certificateArn": "d"}, True),
    ("lb/listenerRule:ListenerRule", {"priority": 2}, False),
    ("lb/listenerRule:ListenerRule", {"conditions": [{"sourceIp": {"values": ["::/0"]}}]}, False),
    ("lb/listenerRule:ListenerRule", {"listenerArn": "m"}, True),
    ("route53/healthCheck:HealthCheck", {"port": 81}, False),
    ("route53/healthCheck:HealthCheck", {"requestInterval": 10}, True),
    ("route53/zone:Zone", {"comment": "d"}, False),
    ("route53/zone:Zone", {"name": "b.example"}, True),
    ("ec2/vpc:Vpc", {"cidrBlock": "10.1.0.0/16"}, True),
    ("ec2/vpc:Vpc", {"enableDnsHostnames": True}, False),
    ("ec2/vpc:Vpc", {"enableDnsSupport": False}, False),
    ("ec2/vpc:Vpc", {"tags": {"a": "b"}}, False),
    ("ec2/vpc:Vpc", {"region": "us-west-2"}, True),
    ("ec2/subnet:Subnet", {"vpcId": "vpc-2"}, True),
    ("ec2/subnet:Subnet", {"cidrBlock": "10.0.1.0/24"}, True),
    ("ec2/subnet:Subnet", {"availabilityZone": "eu-central-1b"}, True),
    ("ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}, False),
    ("ec2/internetGateway:InternetGateway", {"vpcId": "vpc-2"}, False),
    ("ec2/routeTable:RouteTable", {"vpcId": "vpc-2"}, True),
    ("ec2/routeTable:RouteTable", {"routes": [{"cidrBlock": "0.0.0.0/0"}]}, False),
    ("ec2/routeTableAssociation:RouteTableAssociation", {"routeTableId": "q"}, False),
    ("ec2/routeTableAssociation:RouteTableAssociation", {"subnetId": "q"}, True),
    ("ec2/securityGroup:SecurityGroup", {"name": "h"}, True),
    ("ec2/securityGroup:SecurityGroup", {"description": "h"}, True),
    ("ec2/securityGroup:SecurityGroup", {"vpcId": "vpc-2"}, True),
    ("ec2/defaultSecurityGroup:DefaultSecurityGroup", {"vpcId": "vpc-2"}, True),
    ("iam/role:Role", {"name": "s"}, True),
    ("iam/role:Role", {"path": "/x/"}, True),
    ("iam/role:Role", {"assumeRolePolicy": '{"a": 1}'}, False),
    ("iam/role:Role", {"description": "x"}, False),
    ("iam/role:Role", {"maxSessionDuration": 7200}, False),
    ("iam/rolePolicy:RolePolicy", {"policy": '{"a": 1}'}, False),
    ("iam/rolePolicy:RolePolicy", {"role": "s"}, True),
    ("iam/rolePolicy:RolePolicy", {"name": "s"}, True),
    ("cloudwatch/logGroup:LogGroup", {"name": "/m"}, True),
    ("cloudwatch/logGroup:LogGroup", {"retentionInDays": 7}, False),
    ("cloudwatch/logGroup:LogGroup", {"logGroupClass": "INFREQUENT_ACCESS"}, True),
    ("lambda/function:Function", {"name": "g"}, True),
    ("lambda/function:Function", {"code": Archive(hash="2")}, False),
    ("lambda/function:Function", {"role": "s"}, False),
    ("lambda/function:Function", {"timeout": 4}, False),
    ("lambda/function:Function", {"memorySize": 256}, False),
    ("lambda/function:Function", {"architectures": ["arm64"]}, False),
    ("lambda/function:Function", {"environment": {"variables": {"A": "1"}}}, False),
    ("lambda/function:Function", {"packageType": "Image", "code": Archive(hash="1")}, True),
    ("lambda/alias:Alias", {"functionVersion": "2"}, False),
    ("lambda/alias:Alias", {"name": "next"}, True),
    ("lambda/alias:Alias", {"functionName": "g"}, True),
    ("lambda/permission:Permission", {"principal": "sns.amazonaws.com"}, True),
    ("lambda/permission:Permission", {"sourceArn": "x"}, True),
    ("lambda/permission:Permission", {"qualifier": "live"}, True),
    ("lb/loadBalancer:LoadBalancer", {"name": "c"}, True),
    ("lb/loadBalancer:LoadBalancer", {"internal": False}, True),
    ("lb/loadBalancer:LoadBalancer", {"loadBalancerType": "network"}, True),
    ("lb/loadBalancer:LoadBalancer", {"idleTimeout": 30}, False),
    ("lb/loadBalancer:LoadBalancer", {"subnets": ["a", "c"]}, False),
    ("lb/loadBalancer:LoadBalancer", {"securityGroups": ["g"]}, False),
    ("lb/targetGroup:TargetGroup", {"name": "u"}, True),
    ("lb/targetGroup:TargetGroup", {"healthCheck": {"path": "/x"}}, False),
    ("lb/targetGroup:TargetGroup", {"lambdaMultiValueHeadersEnabled": True}, False),
    ("lb/targetGroupAttachment:TargetGroupAttachment", {"targetId": "g"}, True),
    ("lb/targetGroupAttachment:TargetGroupAttachment", {"targetGroupArn": "u"}, True),
    ("lb/listener:Listener", {"loadBalancerArn": "c"}, True),
    ("lb/listener:Listener", {"port": 81}, False),
    ("lb/listener:Listener", {"defaultActions": [{"type": "fixed-response"}]}, False),
    ("dynamodb/table:Table", {"name": "things"}, True),
    ("dynamodb/table:Table", {"region": "us-west-2"}, True),
    ("dynamodb/table:Table", {"rangeKey": "day", "attributes": KEYS}, True),
    ("dynamodb/table:Table", {"replicas": [{"regionName": "us-west-2"}]}, False),
    ("dynamodb/table:Table", {"streamEnabled": True}, False),
    ("dynamodb/table:Table", {"ttl": {"attributeName": "t", "enabled": True}}, False),
    ("dynamodb/table:Table", {"pointInTimeRecovery": {"enabled": True}}, False),
    ("dynamodb/table:Table", {"deletionProtectionEnabled": True}, False),
    ("dynamodb/table:Table", {"billingMode": "PROVISIONED"}, False),
    (
        "dynamodb/table:Table",
        {
            "rangeKey": None,
            "attributes": KEYS,
            "localSecondaryIndexes": [
                {"name": "i", "rangeKey": "day", "projectionType": "ALL"},
            ],
        },
        True,
    ),
    ("globalaccelerator/accelerator:Accelerator", {"name": "b"}, False),
    ("globalaccelerator/accelerator:Accelerator", {"enabled": False}, False),
    ("globalaccelerator/accelerator:Accelerator", {"ipAddresses": ["192.0.2.1"]}, True),
    ("globalaccelerator/listener:Listener", {"acceleratorArn": "b"}, True),
    ("globalaccelerator/listener:Listener", {"clientAffinity": "SOURCE_IP"}, False),
    ("globalaccelerator/listener:Listener", {"protocol": "UDP"}, False),
    ("globalaccelerator/endpointGroup:EndpointGroup", {"listenerArn": "m"}, True),
    ("globalaccelerator/endpointGroup:EndpointGroup", {"endpointGroupRegion": "us-west-2"}, True),
    ("globalaccelerator/endpointGroup:EndpointGroup", {"trafficDialPercentage": 50}, False),
    ("globalaccelerator/endpointGroup:EndpointGroup", {"endpointConfigurations": []}, False),
    ("route53/cidrCollection:CidrCollection", {"name": "d"}, True),
    ("route53/cidrLocation:CidrLocation", {"name": "work"}, True),
    ("route53/cidrLocation:CidrLocation", {"cidrBlocks": ["198.51.100.0/24"]}, False),
    ("route53/trafficPolicy:TrafficPolicy", {"document": '{"a": 1}'}, True),
    ("route53/trafficPolicy:TrafficPolicy", {"document": "{ }"}, True),
    ("route53/trafficPolicy:TrafficPolicy", {"comment": "c"}, False),
    ("route53/trafficPolicyInstance:TrafficPolicyInstance", {"name": "a.example"}, True),
    ("route53/trafficPolicyInstance:TrafficPolicyInstance", {"ttl": 30}, False),
    ("route53/trafficPolicyInstance:TrafficPolicyInstance", {"trafficPolicyVersion": 2}, False),
    ("route53/record:Record", {"name": "api"}, True),
    ("route53/record:Record", {"zoneId": "Y"}, True),
    ("route53/record:Record", {"records": ["10.0.0.2"]}, False),
    ("route53/record:Record", {"type": "AAAA"}, False),
]


def test_every_type_has_base_arguments_here() -> None:
    tokens = {token for token in resource_types() if not token.startswith("aws:alb/")}

    assert set(BASE) == tokens
    assert {f"aws:{token}" for token, _, _ in CHANGES} == tokens


@pytest.mark.parametrize("token", sorted(BASE))
def test_equal_arguments_do_not_differ(token: str) -> None:
    assert compare(token, BASE[token], BASE[token]).differences == ()


@pytest.mark.parametrize(("token", "change", "replaces"), CHANGES)
def test_a_change_replaces_where_the_real_provider_replaces(
    token: str, change: Properties, replaces: bool
) -> None:
    old = BASE[f"aws:{token}"]

    found = compare(f"aws:{token}", old, {**old, **change})

    changed = {str(one.path[0]) for one in found.differences} - {"tagsAll"}
    assert changed <= set(change)
    assert changed
    assert bool(found.replacing) is replaces


def test_a_resource_with_a_fixed_name_is_deleted_before_its_replacement() -> None:
    token = "aws:lb/targetGroup:TargetGroup"
    ip = {"targetType": "ip", "port": 80, "protocol": "HTTP", "vpcId": "v"}

    fixed = compare(token, {"name": "t", "targetType": "lambda"}, {"name": "t", **ip})
    made = compare(token, {"targetType": "lambda"}, ip)
    renamed = compare(token, {"name": "t", "targetType": "lambda"}, {"name": "u", **ip})

    assert (fixed.delete_first, made.delete_first, renamed.delete_first) == (True, False, False)


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("tags", ["tagsAll.a", "tagsAll.b"]),
        ("tags.a", ["tags.b", "tagsAll.a", "tagsAll.b"]),
        ("tags.*", ["tagsAll.a", "tagsAll.b"]),
        ("*", []),
    ],
)
def test_ignored_paths_do_not_differ(ignored: str, left: list[str]) -> None:
    token = "aws:ec2/vpc:Vpc"
    old = {**BASE[token], "tags": {"a": "1", "b": "1"}}
    new = {**BASE[token], "tags": {"a": "2", "b": "2"}}

    assert [str(one) for one in compare(token, old, new, (ignored,)).differences] == left


def test_an_ignored_field_of_an_object_does_not_differ() -> None:
    token = "aws:lb/targetGroup:TargetGroup"
    old = {**BASE[token], "healthCheck": {"path": "/a", "interval": 10}}
    new = {**BASE[token], "healthCheck": {"path": "/b", "interval": 20}}

    found = compare(token, old, new, ("healthCheck.path",))

    assert [str(one) for one in found.differences] == ["healthCheck.interval"]


def test_unknown_tags_differ_as_a_whole() -> None:
    kind = find_resource_type("aws:ec2/vpc:Vpc")

    wanted = complete_arguments(kind, {"tags": UNKNOWN}, region="r", default_tags={"a": "b"})

    assert wanted["tagsAll"] is UNKNOWN


def test_policies_are_compared_by_their_contents() -> None:
    token = "aws:iam/rolePolicy:RolePolicy"
    policy = {"Statement": [{"Action": ["a:B"], "Resource": "*"}]}
    live = {"Statement": {"Resource": ["*"], "Action": "a:B"}}

    old = {**BASE[token], "policy": json.dumps(policy)}

    assert compare(token, old, {**old, "policy": json.dumps(live)}).differences == ()


@pytest.mark.parametrize(
    ("live", "differs"),
    [
        ('{"set": {"SS": ["a", "b"]}, "n": {"N": "12.50"}, "id": {"S": "a"}}', False),
        ('{"id": {"S": "a"}, "n": {"N": "12.50"}, "set": {"SS": ["b", "a"]}}', False),
        ('{"id": {"S": "a"}, "n": {"N": "12.5"}, "set": {"SS": ["a", "b"]}}', True),
    ],
)
def test_items_are_compared_as_json_and_their_numbers_as_texts(live: str, differs: bool) -> None:
    """The real one uses SuppressEquivalentJSONDiffs, to which "12.50" and "12.5" are two strings.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table_item.go
    """
    token = "aws:dynamodb/tableItem:TableItem"
    declared = '{"id": {"S": "a"}, "n": {"N": "12.50"}, "set": {"SS": ["a", "b"]}}'

    found = compare(token, {**BASE[token], "item": live}, {**BASE[token], "item": declared})

    assert bool(found.differences) == differs
