"""Permissions of CloudWatch, Logs, Certificate Manager, Route 53 and the Tagging API.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
"""

from typing import Any

import pytest

from tests.unit.twin.iam.requirements.requirement_lists import ACCOUNT, REGION, keys_of, needs

ALARM = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
TAGS = [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "resource"),
    [
        ("monitoring", "DescribeAlarms", {}, f"{ALARM}:*"),
        ("monitoring", "DescribeAlarms", {"AlarmNames": ["x"]}, f"{ALARM}:x"),
        ("monitoring", "PutMetricAlarm", {"AlarmName": "x"}, f"{ALARM}:x"),
        ("monitoring", "GetMetricData", {}, "*"),
        (
            "monitoring",
            "PutDashboard",
            {"DashboardName": "d"},
            f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/d",
        ),
        ("logs", "CreateLogGroup", {"logGroupName": "/g"}, f"{GROUP}:/g:log-stream:"),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "/g", "logStreamName": "s"},
            f"{GROUP}:/g:log-stream:s",
        ),
        (
            "logs",
            "GetLogEvents",
            {"logGroupIdentifier": "/g", "logStreamName": "s"},
            f"{GROUP}:/g:log-stream:s",
        ),
        (
            "logs",
            "FilterLogEvents",
            {"logGroupIdentifier": f"{GROUP}:/g"},
            f"{GROUP}:/g:log-stream:",
        ),
        ("logs", "TagResource", {"resourceArn": f"{GROUP}:/g"}, f"{GROUP}:/g"),
        ("acm", "DescribeCertificate", {"CertificateArn": "arn:c"}, "arn:c"),
        ("acm", "RequestCertificate", {}, "*"),
        ("route53", "GetHostedZone", {"Id": "Z1"}, "arn:aws:route53:::hostedzone/Z1"),
        (
            "route53",
            "ChangeTagsForResource",
            {"ResourceType": "healthcheck", "ResourceId": "h"},
            "arn:aws:route53:::healthcheck/h",
        ),
        ("route53", "GetHostedZone", {"Id": "any/Z1"}, "arn:aws:route53:::hostedzone/Z1"),
        (
            "route53",
            "ListTagsForResources",
            {"ResourceType": "hostedzone", "ResourceIds": ["/hostedzone/Z1"]},
            "arn:aws:route53:::hostedzone/Z1",
        ),
        ("route53", "ListHostedZones", {}, "*"),
        ("kms", "ListAliases", {}, "*"),
        ("kms", "DescribeKey", {"KeyId": "k"}, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"),
        ("kms", "DescribeKey", {"KeyId": "alias/a"}, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"),
    ],
)
def test_an_operation_is_about_what_it_names(
    service: str, operation: str, parameters: dict[str, Any], resource: str
) -> None:
    (found,) = needs(service, operation, **parameters)

    assert found[1] == resource
    assert found[0].partition(":")[2] == operation


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needed"),
    [
        (
            "logs",
            "CreateLogGroup",
            {"logGroupName": "/g", "tags": {"a": "b"}},
            ("logs:TagResource", f"{GROUP}:/g"),
        ),
        (
            "monitoring",
            "PutMetricAlarm",
            {"AlarmName": "x", "Tags": TAGS},
            ("cloudwatch:TagResource", f"{ALARM}:x"),
        ),
        (
            "acm",
            "RequestCertificate",
            {"Tags": TAGS},
            ("acm:AddTagsToCertificate", f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/*"),
        ),
        ("route53", "CreateHostedZone", {"VPC": {"VPCId": "v"}}, ("ec2:DescribeVpcs", "*")),
        (
            "tagging",
            "TagResources",
            {"ResourceARNList": [f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1"], "Tags": {"a": "b"}},
            ("ec2:CreateTags", f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1"),
        ),
        (
            "tagging",
            "UntagResources",
            {"ResourceARNList": [f"{GROUP}:/g"], "TagKeys": ["a"]},
            ("logs:UntagResource", f"{GROUP}:/g"),
        ),
    ],
)
def test_some_operations_need_another_permission(
    service: str, operation: str, parameters: dict[str, Any], needed: tuple[str, str]
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html
    """
    assert needs(service, operation, **parameters)[1:] == [needed]


def test_a_change_of_records_names_them_in_condition_keys() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html"""
    change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": "App.Example.org.", "Type": "A"}}

    keys = keys_of(
        "route53", "ChangeResourceRecordSets", HostedZoneId="Z", ChangeBatch={"Changes": [change]}
    )

    assert {
        name.removeprefix("route53:changeresourcerecordsets"): v for name, v in keys.items()
    } == {
        "normalizedrecordnames": ("app.example.org",),
        "recordtypes": ("A",),
        "actions": ("UPSERT",),
    }


@pytest.mark.parametrize(
    ("given", "normalized"),
    [(r"\101pp.example.org", "app.example.org"), ("*.Example.org.", r"\052.example.org")],
)
def test_a_record_has_one_name_in_condition_keys(given: str, normalized: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html"""
    change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": given, "Type": "A"}}

    keys = keys_of(
        "route53", "ChangeResourceRecordSets", HostedZoneId="Z", ChangeBatch={"Changes": [change]}
    )

    assert keys["route53:changeresourcerecordsetsnormalizedrecordnames"] == (normalized,)


def test_settings_of_metrics_and_certificates_are_condition_keys() -> None:
    assert keys_of("monitoring", "PutMetricData", Namespace="App") == {
        "cloudwatch:namespace": ("App",)
    }
    assert keys_of("monitoring", "PutMetricAlarm", AlarmName="x", AlarmActions=["arn:t"]) == {
        "cloudwatch:alarmactions": ("arn:t",)
    }
    keys = keys_of(
        "acm", "RequestCertificate", DomainName="a.org", SubjectAlternativeNames=["b.org"]
    )
    assert keys == {"acm:domainnames": ("a.org", "b.org")}
