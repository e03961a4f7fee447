"""Valid parameters of calls that create resources, so that random calls meet all kinds of them.

A `Seen` value is taken from earlier responses, by the name of a member in them.
"""

from dataclasses import dataclass
from typing import Any

TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
    '"Principal": {"Service": "lambda.amazonaws.com"}}]}'
)
POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", '
    '"Resource": "*"}]}'
)


@dataclass(frozen=True)
class Seen:
    """A value of an earlier response."""

    member: str


@dataclass(frozen=True)
class Fresh:
    """A new name."""


NAME = Fresh()
FORWARD = [{"Type": "forward", "TargetGroupArn": Seen("TargetGroupArn")}]
RECORD = {
    "Name": "a.example.test",
    "Type": "A",
    "TTL": 60,
    "ResourceRecords": [{"Value": "1.2.3.4"}],
}

TEMPLATES: dict[str, dict[str, Any]] = {
    "acm RequestCertificate": {"DomainName": "example.test"},
    "acm AddTagsToCertificate": {
        "CertificateArn": Seen("CertificateArn"),
        "Tags": [{"Key": "a", "Value": "b"}],
    },
    "ec2 CreateVpc": {"CidrBlock": "10.0.0.0/16"},
    "ec2 CreateSubnet": {"VpcId": Seen("VpcId"), "CidrBlock": "10.0.1.0/24"},
    "ec2 CreateSecurityGroup": {
        "GroupName": NAME,
        "Description": "d",
        "VpcId": Seen("VpcId"),
    },
    "ec2 AuthorizeSecurityGroupIngress": {
        "GroupId": Seen("GroupId"),
        "IpPermissions": [
            {
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 80,
                "IpRanges": [{"CidrIp": "10.0.0.0/16"}],
            }
        ],
    },
    "ec2 AuthorizeSecurityGroupEgress": {
        "GroupId": Seen("GroupId"),
        "IpPermissions": [
            {
                "IpProtocol": "udp",
                "FromPort": 1,
                "ToPort": 9,
                "IpRanges": [{"CidrIp": "1.1.1.1/32"}],
            }
        ],
    },
    "ec2 CreateRouteTable": {"VpcId": Seen("VpcId")},
    "ec2 AttachInternetGateway": {
        "InternetGatewayId": Seen("InternetGatewayId"),
        "VpcId": Seen("VpcId"),
    },
    "ec2 CreateRoute": {
        "RouteTableId": Seen("RouteTableId"),
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": Seen("InternetGatewayId"),
    },
    "ec2 AssociateRouteTable": {
        "RouteTableId": Seen("RouteTableId"),
        "SubnetId": Seen("SubnetId"),
    },
    "ec2 AssociateVpcCidrBlock": {"VpcId": Seen("VpcId"), "CidrBlock": "10.7.0.0/16"},
    "ec2 CreateNetworkAcl": {"VpcId": Seen("VpcId")},
    "ec2 CreateNetworkAclEntry": {
        "NetworkAclId": Seen("NetworkAclId"),
        "RuleNumber": 100,
        "Protocol": "-1",
        "RuleAction": "allow",
        "Egress": True,
        "CidrBlock": "0.0.0.0/0",
    },
    "ec2 CreateVpcEndpoint": {
        "VpcId": Seen("VpcId"),
        "ServiceName": "com.amazonaws.us-west-2.dynamodb",
    },
    "ec2 CreateTags": {
        "Resources": [Seen("VpcId"), Seen("SubnetId")],
        "Tags": [{"Key": "a", "Value": "b"}],
    },
    "elasticloadbalancing CreateLoadBalancer": {
        "Name": NAME,
        "Subnets": [Seen("SubnetId"), Seen("SubnetId")],
    },
    "elasticloadbalancing CreateTargetGroup": {"Name": NAME, "TargetType": "lambda"},
    "elasticloadbalancing CreateListener": {
        "LoadBalancerArn": Seen("LoadBalancerArn"),
        "Protocol": "HTTP",
        "Port": 80,
        "DefaultActions": FORWARD,
    },
    "elasticloadbalancing CreateRule": {
        "ListenerArn": Seen("ListenerArn"),
        "Priority": 5,
        "Conditions": [{"Field": "path-pattern", "Values": ["/a*"]}],
        "Actions": FORWARD,
    },
    "elasticloadbalancing ModifyListener": {"ListenerArn": Seen("ListenerArn"), "Port": 81},
    "elasticloadbalancing ModifyRule": {"RuleArn": Seen("RuleArn"), "Actions": FORWARD},
    "elasticloadbalancing RegisterTargets": {
        "TargetGroupArn": Seen("TargetGroupArn"),
        "Targets": [{"Id": Seen("FunctionArn")}],
    },
    "iam CreateRole": {"RoleName": NAME, "AssumeRolePolicyDocument": TRUST},
    "iam CreatePolicy": {"PolicyName": NAME, "PolicyDocument": POLICY},
    "iam PutRolePolicy": {
        "RoleName": Seen("RoleName"),
        "PolicyName": NAME,
        "PolicyDocument": POLICY,
    },
    "iam PutUserPolicy": {
        "UserName": Seen("UserName"),
        "PolicyName": NAME,
        "PolicyDocument": POLICY,
    },
    "iam CreateUser": {"UserName": NAME},
    "iam CreateGroup": {"GroupName": NAME},
    "iam AttachRolePolicy": {"RoleName": Seen("RoleName"), "PolicyArn": Seen("Arn")},
    "lambda CreateFunction": {
        "FunctionName": NAME,
        "Runtime": "python3.13",
        "Role": "arn:aws:iam::123456789012:role/r",
        "Handler": "a.b",
        "Code": {"ZipFile": b"PK\x05\x06" + b"\0" * 18},
    },
    "lambda PublishVersion": {"FunctionName": Seen("FunctionName")},
    "lambda UpdateFunctionConfiguration": {"FunctionName": Seen("FunctionName"), "Timeout": 9},
    "lambda CreateAlias": {
        "FunctionName": Seen("FunctionName"),
        "Name": NAME,
        "FunctionVersion": "$LATEST",
    },
    "lambda AddPermission": {
        "FunctionName": Seen("FunctionName"),
        "StatementId": NAME,
        "Action": "lambda:InvokeFunction",
        "Principal": "elasticloadbalancing.amazonaws.com",
    },
    "lambda PutFunctionConcurrency": {
        "FunctionName": Seen("FunctionName"),
        "ReservedConcurrentExecutions": 5,
    },
    "logs CreateLogGroup": {"logGroupName": NAME},
    "logs CreateLogStream": {"logGroupName": Seen("logGroupName"), "logStreamName": NAME},
    "monitoring PutMetricAlarm": {
        "AlarmName": NAME,
        "MetricName": "m",
        "Namespace": "n",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    },
    "monitoring PutDashboard": {"DashboardName": NAME, "DashboardBody": '{"widgets": []}'},
    "route53 CreateHostedZone": {"Name": "example.test", "CallerReference": NAME},
    "route53 CreateHealthCheck": {
        "CallerReference": NAME,
        "HealthCheckConfig": {"Type": "TCP", "IPAddress": "1.2.3.4", "Port": 80},
    },
    "route53 ChangeResourceRecordSets": {
        "HostedZoneId": Seen("Id"),
        "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": RECORD}]},
    },
    "sts AssumeRole": {"RoleArn": Seen("Arn"), "RoleSessionName": NAME},
    "tagging TagResources": {
        "ResourceARNList": [Seen("TargetGroupArn"), Seen("LoadBalancerArn")],
        "Tags": {"a": "b"},
    },
}
"""Signing name and operation -> parameters."""
