"""Valid parameters of calls that create resources, so that random calls meet all kinds of them.

A `Seen` value is taken from earlier responses, by the name of a member in them.
"""

from dataclasses import dataclass
from typing import Any

from tests.lambda_function import make_zip
from tests.x509_factory import make_certificate

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


@dataclass(frozen=True)
class OneOf:
    """One of some templates."""

    choices: tuple[Any, ...]


NAME = Fresh()
FORWARD = [{"Type": "forward", "TargetGroupArn": Seen("TargetGroupArn")}]
ZONE = Seen("Id")
CHECK = Seen("Id")
_SIMPLE = {
    "Name": OneOf(("a.example.test", "b.example.test", "*.example.test", "example.test")),
    "Type": "A",
    "TTL": 60,
    "ResourceRecords": [{"Value": "1.2.3.4"}],
}
RECORD = OneOf(
    (
        _SIMPLE,
        {**_SIMPLE, "SetIdentifier": NAME, "Weight": 1},
        {**_SIMPLE, "SetIdentifier": NAME, "Region": OneOf(("us-west-2", "eu-central-1"))},
        {**_SIMPLE, "SetIdentifier": NAME, "Failover": "PRIMARY", "HealthCheckId": CHECK},
        {**_SIMPLE, "SetIdentifier": NAME, "GeoLocation": {"ContinentCode": "EU"}},
        {**_SIMPLE, "SetIdentifier": NAME, "MultiValueAnswer": True},
        {
            "Name": "c.example.test",
            "Type": "A",
            "AliasTarget": {
                "HostedZoneId": OneOf((ZONE, "Z1U9ULNL0V5AJ3")),
                "DNSName": OneOf(("a.example.test", "d-1.execute-api.eu-central-1.amazonaws.com")),
                "EvaluateTargetHealth": True,
            },
        },
    )
)
TRAFFIC_POLICY = (
    '{"RecordType": "A", "StartRule": "r", "Endpoints": {"a": {"Type": "value", "Value": '
    '"1.2.3.4"}}, "Rules": {"r": {"RuleType": "weighted", "Items": [{"EndpointReference": "a", '
    '"Weight": 1}]}}}'
)

MADE = make_certificate("example.test", "*.example.test")
FUNCTION = "arn:aws:lambda:us-west-2:123456789012:function:f"
LAMBDA_PATH = "arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions"
REST_API = Seen("id")
ROOT_METHOD: dict[str, Any] = {
    "restApiId": REST_API,
    "resourceId": Seen("rootResourceId"),
    "httpMethod": OneOf(("GET", "ANY")),
}
ROUTE_KEY = OneOf(("$default", "GET /a", "ANY /{proxy+}", "POST /a/{b}"))

TEMPLATES: dict[str, dict[str, Any]] = {
    "acm ImportCertificate": {"Certificate": MADE.pem, "PrivateKey": MADE.key_pem},
    "acm RequestCertificate": {"DomainName": "example.test", "ValidationMethod": "DNS"},
    "acm AddTagsToCertificate": {
        "CertificateArn": Seen("CertificateArn"),
        "Tags": [{"Key": "a", "Value": "b"}],
    },
    "apigateway CreateRestApi": {
        "name": NAME,
        "endpointConfiguration": {"types": ["REGIONAL"]},
    },
    "apigateway CreateResource": {
        "restApiId": REST_API,
        "parentId": OneOf((Seen("rootResourceId"), Seen("parentId"))),
        "pathPart": OneOf(("a", "{b}", "{proxy+}")),
    },
    "apigateway UpdateResource": {
        "restApiId": REST_API,
        "resourceId": Seen("parentId"),
        "patchOperations": [
            {"op": "replace", "path": OneOf(("/pathPart", "/parentId")), "value": "c"}
        ],
    },
    "apigateway PutMethod": {**ROOT_METHOD, "authorizationType": "NONE"},
    "apigateway PutMethodResponse": {
        **ROOT_METHOD,
        "statusCode": "200",
        "responseParameters": {"method.response.header.A": True},
    },
    "apigateway PutIntegration": {
        **ROOT_METHOD,
        "type": OneOf(("AWS_PROXY", "MOCK")),
        "integrationHttpMethod": "POST",
        "uri": f"{LAMBDA_PATH}/{FUNCTION}/invocations",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
    },
    "apigateway PutIntegrationResponse": {
        **ROOT_METHOD,
        "statusCode": "200",
        "selectionPattern": OneOf(("", "2..", "(")),
        "responseParameters": {"method.response.header.A": OneOf(("'b'", "b"))},
    },
    "apigateway CreateDeployment": {
        "restApiId": REST_API,
        "stageName": OneOf(("live", "next")),
    },
    "apigateway UpdateStage": {
        "restApiId": REST_API,
        "stageName": "live",
        "patchOperations": [
            {
                "op": OneOf(("replace", "replace", "remove")),
                "path": OneOf(
                    (
                        "/*/*/throttling/rateLimit",
                        "/~1a/GET/throttling/burstLimit",
                        "/a/GET/logging/loglevel",
                        "/variables/a",
                        "/deploymentId",
                        "/accessLogSettings/format",
                        "/*/*",
                    )
                ),
                "value": OneOf(("1", "-1", "INFO", "nan", "")),
            }
        ],
    },
    "apigateway UpdateAccount": {
        "patchOperations": [
            {
                "op": "replace",
                "path": "/cloudwatchRoleArn",
                "value": "arn:aws:iam::123456789012:role/r",
            }
        ]
    },
    "apigateway PutGatewayResponse": {
        "restApiId": REST_API,
        "responseType": "DEFAULT_4XX",
        "responseParameters": {"gatewayresponse.header.A": OneOf(("'*'", "x"))},
    },
    "apigateway CreateDomainName": {
        "domainName": OneOf(("example.test", "a.example.test")),
        "regionalCertificateArn": Seen("CertificateArn"),
        "endpointConfiguration": {"types": ["REGIONAL"]},
    },
    "apigateway CreateBasePathMapping": {
        "domainName": Seen("DomainName"),
        "restApiId": REST_API,
        "basePath": OneOf(("", "a", "(none)")),
        "stage": OneOf(("live", "")),
    },
    "apigatewayv2 CreateApi": {
        "Name": NAME,
        "ProtocolType": "HTTP",
        "Target": FUNCTION,
        "RouteKey": ROUTE_KEY,
    },
    "apigatewayv2 CreateIntegration": {
        "ApiId": Seen("ApiId"),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": OneOf((FUNCTION, f"{FUNCTION}:${{stageVariables.a}}")),
        "PayloadFormatVersion": OneOf(("1.0", "2.0")),
    },
    "apigatewayv2 CreateRoute": {"ApiId": Seen("ApiId"), "RouteKey": ROUTE_KEY},
    "apigatewayv2 UpdateRoute": {
        "ApiId": Seen("ApiId"),
        "RouteId": Seen("RouteId"),
        "RouteKey": ROUTE_KEY,
    },
    "apigatewayv2 DeleteRoute": {"ApiId": Seen("ApiId"), "RouteId": Seen("RouteId")},
    "apigatewayv2 CreateStage": {
        "ApiId": Seen("ApiId"),
        "StageName": NAME,
        "AutoDeploy": True,
        "StageVariables": {"a": "b"},
    },
    "apigatewayv2 UpdateStage": {
        "ApiId": Seen("ApiId"),
        "StageName": OneOf(("$default", Seen("StageName"))),
        "DefaultRouteSettings": {"ThrottlingRateLimit": 1.5},
    },
    "apigatewayv2 CreateDeployment": {"ApiId": Seen("ApiId")},
    "apigatewayv2 CreateDomainName": {
        "DomainName": OneOf(("example.test", "a.example.test", "*.example.test")),
        "DomainNameConfigurations": [{"CertificateArn": Seen("CertificateArn")}],
    },
    "apigatewayv2 CreateApiMapping": {
        "DomainName": Seen("DomainName"),
        "ApiId": Seen("ApiId"),
        "Stage": OneOf(("$default", Seen("StageName"))),
        "ApiMappingKey": OneOf(("", "a", "a/b")),
    },
    "apigatewayv2 TagResource": {
        "ResourceArn": OneOf((Seen("DomainNameArn"), "arn:aws:apigateway:us-west-2::/apis/a")),
        "Tags": {"a": "b"},
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
        "Scheme": "internal",
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
        "Code": {"ZipFile": make_zip()},
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
        "HealthCheckConfig": OneOf(
            (
                {"Type": "TCP", "IPAddress": "1.2.3.4", "Port": 80},
                {"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.test"},
                {"Type": "CALCULATED", "HealthThreshold": 1, "ChildHealthChecks": [CHECK]},
            )
        ),
    },
    "route53 UpdateHealthCheck": {"HealthCheckId": CHECK, "Inverted": True},
    "route53 DeleteHealthCheck": {"HealthCheckId": CHECK},
    "route53 ChangeResourceRecordSets": {
        "HostedZoneId": ZONE,
        "ChangeBatch": {
            "Changes": [
                {"Action": OneOf(("CREATE", "UPSERT", "DELETE")), "ResourceRecordSet": RECORD}
            ]
        },
    },
    "route53 ListResourceRecordSets": {"HostedZoneId": ZONE, "StartRecordName": "a.example.test"},
    "route53 CreateTrafficPolicy": {"Name": NAME, "Document": TRAFFIC_POLICY},
    "route53 CreateTrafficPolicyVersion": {"Id": Seen("Id"), "Document": TRAFFIC_POLICY},
    "route53 DeleteTrafficPolicy": {"Id": Seen("Id"), "Version": 1},
    "route53 CreateTrafficPolicyInstance": {
        "HostedZoneId": ZONE,
        "Name": OneOf(("example.test", "a.example.test", "b.example.test")),
        "TTL": 60,
        "TrafficPolicyId": Seen("Id"),
        "TrafficPolicyVersion": 1,
    },
    "route53 UpdateTrafficPolicyInstance": {
        "Id": Seen("Id"),
        "TTL": 30,
        "TrafficPolicyId": Seen("Id"),
        "TrafficPolicyVersion": 1,
    },
    "route53 DeleteTrafficPolicyInstance": {"Id": Seen("Id")},
    "route53 CreateCidrCollection": {"Name": NAME, "CallerReference": NAME},
    "route53 ChangeCidrCollection": {
        "Id": Seen("Id"),
        "Changes": [
            {
                "LocationName": "home",
                "Action": OneOf(("PUT", "DELETE_IF_EXISTS")),
                "CidrList": [OneOf(("192.0.2.0/24", "2001:db8::/48"))],
            }
        ],
    },
    "route53 ChangeTagsForResource": {
        "ResourceType": "hostedzone",
        "ResourceId": ZONE,
        "AddTags": [{"Key": "a", "Value": "b"}],
    },
    "sts AssumeRole": {"RoleArn": Seen("Arn"), "RoleSessionName": NAME},
    "tagging TagResources": {
        "ResourceARNList": [Seen("TargetGroupArn"), Seen("LoadBalancerArn")],
        "Tags": {"a": "b"},
    },
}
"""Signing name and operation -> parameters."""

GA = "globalaccelerator "
ACCELERATOR_TEMPLATES: dict[str, dict[str, Any]] = {
    GA + "CreateAccelerator": {"Name": NAME, "IdempotencyToken": NAME},
    GA + "CreateListener": {
        "AcceleratorArn": Seen("AcceleratorArn"),
        "PortRanges": [{"FromPort": 80, "ToPort": 81}],
        "Protocol": "TCP",
        "IdempotencyToken": NAME,
    },
    GA + "CreateEndpointGroup": {
        "ListenerArn": Seen("ListenerArn"),
        "EndpointGroupRegion": "us-west-2",
        "IdempotencyToken": NAME,
    },
    GA + "UpdateEndpointGroup": {
        "EndpointGroupArn": Seen("EndpointGroupArn"),
        "TrafficDialPercentage": 50.0,
    },
    GA + "AddEndpoints": {
        "EndpointGroupArn": Seen("EndpointGroupArn"),
        "EndpointConfigurations": [{"EndpointId": "a", "Weight": 1}],
    },
    GA + "UpdateAccelerator": {"AcceleratorArn": Seen("AcceleratorArn"), "Enabled": False},
}

TABLE = OneOf(("items", "items", "ordered"))
VALUE = OneOf(
    (
        {"S": "a"},
        {"N": "1"},
        {"N": "-0.5e10"},
        {"B": b"\x00\xff"},
        {"BOOL": True},
        {"NULL": True},
        {"SS": ["a", "b"]},
        {"NS": ["1", "2"]},
        {"BS": [b"a"]},
        {"L": [{"S": "x"}, {"N": "2"}]},
        {"M": {"a": {"S": "b"}, "b": {"L": []}}},
    )
)
KEY = {"id": {"S": OneOf(("a", "b", "c", ""))}}
ORDERED_KEY = {**KEY, "at": {"N": OneOf(("1", "2", "-3", "x"))}}
ITEM = {**KEY, "n": VALUE, "m": VALUE}
ORDERED_ITEM = {**ORDERED_KEY, "n": VALUE}
UPDATE = OneOf(
    (
        "SET n = :v",
        "ADD n :v",
        "REMOVE n",
        "DELETE n :v",
        "SET #n = if_not_exists(#n, :v), m.a = :v",
        "SET n = list_append(n, :v) REMOVE m[0]",
        "SET n = n + :v",
        "SET id = :v",
        "SET n",
    )
)
CONDITION = OneOf(
    (
        "attribute_exists(id)",
        "n = :v",
        "size(n) > :v",
        "begins_with(n, :v) OR NOT contains(m, :v)",
        "n BETWEEN :v AND :v",
        "n IN (:v, :v)",
        "attribute_type(n, :v)",
        "((",
    )
)
STATEMENT = OneOf(
    (
        "SELECT * FROM items",
        "SELECT n, m.a FROM items WHERE id = 'a'",
        "SELECT * FROM ordered WHERE id = 'a' AND at > 1",
        "INSERT INTO items VALUE {'id': 'p', 'n': 1}",
        "UPDATE items SET n = 2 WHERE id = 'a'",
        "DELETE FROM items WHERE id = 'p'",
        "SELECT",
        "SELECT * FROM nothing WHERE id = ?",
    )
)
VALUES = {":v": VALUE}
DYNAMODB = "dynamodb "
DYNAMODB_TEMPLATES: dict[str, dict[str, Any]] = {
    DYNAMODB + "CreateTable": {
        "TableName": NAME,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    DYNAMODB + "PutItem": {"TableName": "items", "Item": ITEM},
    DYNAMODB + "GetItem": {"TableName": "items", "Key": KEY},
    DYNAMODB + "DeleteItem": {"TableName": "ordered", "Key": ORDERED_KEY},
    DYNAMODB + "UpdateItem": {
        "TableName": "items",
        "Key": KEY,
        "UpdateExpression": UPDATE,
        "ConditionExpression": CONDITION,
        "ExpressionAttributeValues": VALUES,
    },
    DYNAMODB + "Query": {
        "TableName": "ordered",
        "KeyConditionExpression": OneOf(("id = :v", "id = :v AND at > :v", "n = :v", "id")),
        "ExpressionAttributeValues": VALUES,
    },
    DYNAMODB + "Scan": {
        "TableName": TABLE,
        "FilterExpression": CONDITION,
        "ExpressionAttributeValues": VALUES,
    },
    DYNAMODB + "BatchWriteItem": {
        "RequestItems": {
            "items": [{"PutRequest": {"Item": ITEM}}],
            "ordered": [{"PutRequest": {"Item": ORDERED_ITEM}}],
        }
    },
    DYNAMODB + "BatchGetItem": {"RequestItems": {"items": {"Keys": [KEY]}}},
    DYNAMODB + "TransactWriteItems": {
        "TransactItems": [
            {"Put": {"TableName": "items", "Item": ITEM}},
            {"Put": {"TableName": "ordered", "Item": ORDERED_ITEM}},
        ]
    },
    DYNAMODB + "TransactGetItems": {"TransactItems": [{"Get": {"TableName": "items", "Key": KEY}}]},
    DYNAMODB + "ExecuteStatement": {"Statement": STATEMENT},
    DYNAMODB + "BatchExecuteStatement": {"Statements": [{"Statement": STATEMENT}]},
    DYNAMODB + "UpdateTable": {
        "TableName": TABLE,
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    },
    "dynamodbstreams GetShardIterator": {
        "StreamArn": Seen("LatestStreamArn"),
        "ShardId": Seen("ShardId"),
        "ShardIteratorType": "TRIM_HORIZON",
    },
    "dynamodbstreams GetRecords": {"ShardIterator": Seen("ShardIterator")},
    "dynamodbstreams DescribeStream": {"StreamArn": Seen("LatestStreamArn")},
}
