"""The resources of tests/interop/terraform/configurations/recorded, for the stand-in.

Each takes what it needs of the ones before it from their outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.functional.twin.provider.driver import Resource
from twin.provider.values import Archive, Asset, Properties

Made = dict[str, Resource]
"""Name of a resource -> the resource."""


@dataclass(frozen=True, slots=True)
class ComparedResource:
    """One resource of both providers."""

    name: str
    token: str
    args: Callable[[Made, int], Properties]
    """From the resources made before it and the step, 1 or 2, to its arguments."""


def _trust(service: str) -> str:
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
        f'"Principal":{{"Service":"{service}"}}}}]}}'
    )


def _reads(step: int) -> str:
    action = "Query" if step == 2 else "GetItem"
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        f'"Action":"dynamodb:{action}","Resource":"*"}}]}}'
    )


CODE = "def handler(event, context): return 1\n"

RESOURCES = (
    ComparedResource(
        "vpc",
        "aws:ec2/vpc:Vpc",
        lambda _, step: {
            "cidrBlock": "10.0.0.0/16",
            "enableDnsSupport": True,
            "enableDnsHostnames": True,
            "tags": {"step": str(step)},
        },
    ),
    ComparedResource(
        "igw",
        "aws:ec2/internetGateway:InternetGateway",
        lambda made, _: {"vpcId": made["vpc"].id},
    ),
    ComparedResource(
        "subnet-a",
        "aws:ec2/subnet:Subnet",
        lambda made, step: {
            "vpcId": made["vpc"].id,
            "cidrBlock": "10.0.0.0/24",
            "availabilityZone": "eu-central-1a",
            "mapPublicIpOnLaunch": step == 2,
        },
    ),
    ComparedResource(
        "subnet-b",
        "aws:ec2/subnet:Subnet",
        lambda made, _: {
            "vpcId": made["vpc"].id,
            "cidrBlock": "10.0.1.0/24",
            "availabilityZone": "eu-central-1b",
        },
    ),
    ComparedResource(
        "table",
        "aws:ec2/routeTable:RouteTable",
        lambda made, _: {
            "vpcId": made["vpc"].id,
            "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": made["igw"].id}],
        },
    ),
    ComparedResource(
        "plain-table", "aws:ec2/routeTable:RouteTable", lambda made, _: {"vpcId": made["vpc"].id}
    ),
    ComparedResource(
        "route",
        "aws:ec2/route:Route",
        lambda made, _: {
            "routeTableId": made["plain-table"].id,
            "destinationCidrBlock": "192.168.0.0/16",
            "gatewayId": made["igw"].id,
        },
    ),
    ComparedResource(
        "association",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        lambda made, _: {"subnetId": made["subnet-a"].id, "routeTableId": made["table"].id},
    ),
    ComparedResource(
        "group",
        "aws:ec2/securityGroup:SecurityGroup",
        lambda made, step: {
            "name": "compared",
            "description": "Compared",
            "vpcId": made["vpc"].id,
            "ingress": [
                {
                    "protocol": "tcp",
                    "fromPort": 80,
                    "toPort": 81 if step == 2 else 80,
                    "cidrBlocks": ["0.0.0.0/0"],
                }
            ],
            "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}],
        },
    ),
    ComparedResource(
        "plain-group",
        "aws:ec2/securityGroup:SecurityGroup",
        lambda made, _: {"name": "plain", "description": "Plain", "vpcId": made["vpc"].id},
    ),
    ComparedResource(
        "rule",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        lambda made, _: {
            "type": "ingress",
            "securityGroupId": made["plain-group"].id,
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["10.0.0.0/8"],
        },
    ),
    ComparedResource(
        "role",
        "aws:iam/role:Role",
        lambda _, step: {
            "name": "compared",
            "description": f"Step {step}",
            "assumeRolePolicy": _trust("lambda.amazonaws.com"),
            "tags": {"step": str(step)},
        },
    ),
    ComparedResource(
        "role-policy",
        "aws:iam/rolePolicy:RolePolicy",
        lambda made, step: {
            "name": "own",
            "role": made["role"].outputs["name"],
            "policy": _reads(step),
        },
    ),
    ComparedResource(
        "policy",
        "aws:iam/policy:Policy",
        lambda _, step: {"name": "compared", "policy": _reads(step)},
    ),
    ComparedResource(
        "policy-attachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda made, _: {
            "role": made["role"].outputs["name"],
            "policyArn": made["policy"].outputs["arn"],
        },
    ),
    ComparedResource(
        "log-group",
        "aws:cloudwatch/logGroup:LogGroup",
        lambda _, step: {
            "name": "/aws/lambda/compared",
            "retentionInDays": 14 if step == 2 else 7,
        },
    ),
    ComparedResource(
        "function",
        "aws:lambda/function:Function",
        lambda made, step: {
            "name": "compared",
            "description": f"Step {step}",
            "role": made["role"].outputs["arn"],
            "handler": "index.handler",
            "runtime": "python3.13",
            "architectures": ["arm64"],
            "code": Archive(hash="1", assets={"index.py": Asset(text=CODE, hash="1")}),
            "timeout": 4,
            "memorySize": 256,
            "publish": True,
            "environment": {"variables": {"STEP": str(step)}},
        },
    ),
    ComparedResource(
        "alias",
        "aws:lambda/alias:Alias",
        lambda made, _: {
            "name": "live",
            "functionName": made["function"].outputs["name"],
            "functionVersion": made["function"].outputs["version"],
        },
    ),
    ComparedResource(
        "target-group",
        "aws:lb/targetGroup:TargetGroup",
        lambda _, step: {
            "name": "compared",
            "targetType": "lambda",
            "healthCheck": {
                "enabled": True,
                "path": "/health",
                "matcher": "200",
                "interval": 15 if step == 2 else 10,
                "timeout": 5,
                "healthyThreshold": 3,
                "unhealthyThreshold": 2,
            },
        },
    ),
    ComparedResource(
        "permission",
        "aws:lambda/permission:Permission",
        lambda made, _: {
            "statementId": "load-balancer",
            "action": "lambda:InvokeFunction",
            "function": made["function"].outputs["name"],
            "qualifier": made["alias"].outputs["name"],
            "principal": "elasticloadbalancing.amazonaws.com",
            "sourceArn": made["target-group"].outputs["arn"],
        },
    ),
    ComparedResource(
        "attachment",
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        lambda made, _: {
            "targetGroupArn": made["target-group"].outputs["arn"],
            "targetId": made["alias"].outputs["arn"],
        },
    ),
    ComparedResource(
        "balancer",
        "aws:lb/loadBalancer:LoadBalancer",
        lambda made, step: {
            "name": "compared",
            "loadBalancerType": "application",
            "internal": True,
            "ipAddressType": "ipv4",
            "subnets": [made["subnet-a"].id, made["subnet-b"].id],
            "securityGroups": [made["group"].id],
            "idleTimeout": 90 if step == 2 else 60,
            "tags": {"step": str(step)},
        },
    ),
    ComparedResource(
        "listener",
        "aws:lb/listener:Listener",
        lambda made, step: {
            "loadBalancerArn": made["balancer"].outputs["arn"],
            "port": 8481 if step == 2 else 8480,
            "protocol": "HTTP",
            "defaultActions": [
                {"type": "forward", "targetGroupArn": made["target-group"].outputs["arn"]}
            ],
        },
    ),
    ComparedResource(
        "listener-rule",
        "aws:lb/listenerRule:ListenerRule",
        lambda made, step: {
            "listenerArn": made["listener"].outputs["arn"],
            "priority": 20 if step == 2 else 10,
            "actions": [
                {
                    "type": "fixed-response",
                    "fixedResponse": {
                        "contentType": "text/plain",
                        "messageBody": f"step {step}",
                        "statusCode": "200",
                    },
                }
            ],
            "conditions": [{"pathPattern": {"values": ["/a/*"]}}],
        },
    ),
    ComparedResource(
        "dynamodb-table",
        "aws:dynamodb/table:Table",
        lambda _, step: {
            "name": "compared",
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "item_id",
            "streamEnabled": True,
            "streamViewType": "NEW_AND_OLD_IMAGES",
            "attributes": [{"name": "item_id", "type": "S"}],
            "ttl": {"attributeName": "expires_at", "enabled": True},
            "pointInTimeRecovery": {"enabled": step == 2},
            "replicas": [
                {
                    "regionName": "us-west-2",
                    "pointInTimeRecovery": step == 2,
                    "propagateTags": True,
                }
            ],
            "tags": {"step": str(step)},
        },
    ),
    ComparedResource(
        "item",
        "aws:dynamodb/tableItem:TableItem",
        lambda made, step: {
            "tableName": made["dynamodb-table"].outputs["name"],
            "hashKey": "item_id",
            "item": f'{{"item_id":{{"S":"a"}},"step":{{"N":"{step}"}}}}',
        },
    ),
    ComparedResource(
        "accelerator",
        "aws:globalaccelerator/accelerator:Accelerator",
        lambda _, step: {
            "name": "compared",
            "ipAddressType": "IPV4",
            "enabled": True,
            "tags": {"step": str(step)},
        },
    ),
    ComparedResource(
        "accelerator-listener",
        "aws:globalaccelerator/listener:Listener",
        lambda made, step: {
            "acceleratorArn": made["accelerator"].outputs["arn"],
            "protocol": "TCP",
            "clientAffinity": "SOURCE_IP" if step == 2 else "NONE",
            "portRanges": [{"fromPort": 80, "toPort": 80}],
        },
    ),
    ComparedResource(
        "endpoint-group",
        "aws:globalaccelerator/endpointGroup:EndpointGroup",
        lambda made, step: {
            "listenerArn": made["accelerator-listener"].outputs["arn"],
            "endpointGroupRegion": "eu-central-1",
            "trafficDialPercentage": 50 if step == 2 else 100,
            "endpointConfigurations": [
                {
                    "endpointId": made["balancer"].outputs["arn"],
                    "weight": 100,
                    "clientIpPreservationEnabled": True,
                }
            ],
        },
    ),
    ComparedResource(
        "alarm",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda _, step: {
            "name": "compared",
            "namespace": "AWS/ApplicationELB",
            "metricName": "HTTPCode_Target_5XX_Count",
            "statistic": "Sum",
            "period": 60,
            "evaluationPeriods": 3,
            "threshold": 7 if step == 2 else 5,
            "comparisonOperator": "GreaterThanThreshold",
            "dimensions": {"LoadBalancer": "app/compared/1"},
        },
    ),
    ComparedResource(
        "zone",
        "aws:route53/zone:Zone",
        lambda _, step: {"name": "compared.example", "comment": f"Step {step}"},
    ),
    ComparedResource(
        "record",
        "aws:route53/record:Record",
        lambda made, step: {
            "zoneId": made["zone"].outputs["zoneId"],
            "name": "www",
            "type": "A",
            "ttl": 30 if step == 2 else 60,
            "records": ["192.0.2.1"],
        },
    ),
    ComparedResource(
        "health-check",
        "aws:route53/healthCheck:HealthCheck",
        lambda _, step: {
            "type": "HTTP",
            "fqdn": "www.compared.example",
            "port": 80,
            "resourcePath": "/healthz" if step == 2 else "/health",
            "failureThreshold": 3,
            "requestInterval": 30,
        },
    ),
    ComparedResource(
        "certificate",
        "aws:acm/certificate:Certificate",
        lambda _, __: {"domainName": "www.compared.example", "validationMethod": "DNS"},
    ),
)
"""In an order in which they can be made."""
