"""CloudWatch, Logs, Certificate Manager, Route 53, Key Management Service and the Tagging API.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html
"""

from collections.abc import Iterable
from typing import Any

from twin.control.route53.names import InvalidName, normalize_name
from twin.iam.requirements.model import (
    CallScope,
    Keys,
    Parameters,
    Requirement,
    operations_table,
    read_path,
    read_tags,
    require_all,
    table_reader,
)

# -- CloudWatch

_ALARM = "arn:aws:cloudwatch:{region}:{account}:alarm:"
_DASHBOARD = "arn:aws:cloudwatch::{account}:dashboard/"

METRICS = operations_table(
    (_ALARM + "{AlarmNames}", "DeleteAlarms DisableAlarmActions EnableAlarmActions"),
    (_ALARM + "{AlarmName}", "PutCompositeAlarm PutMetricAlarm SetAlarmState"),
    (_DASHBOARD + "{DashboardNames}", "DeleteDashboards"),
    (_DASHBOARD + "{DashboardName}", "GetDashboard PutDashboard"),
    ("{ResourceARN}", "ListTagsForResource TagResource UntagResource"),
    ("", "DescribeAlarmsForMetric GetMetricData GetMetricStatistics ListDashboards ListMetrics"),
    ("", "PutMetricData"),
    (_ALARM + "{AlarmNames}", "DescribeAlarms"),
)


def read_metrics(operation: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    if operation == "DescribeAlarms" and not parameters.get("AlarmNames"):
        yield from require_all("cloudwatch:DescribeAlarms", (_ALARM + "*",), parameters, scope)
        return
    yield from _read_metrics(operation, parameters, scope)
    if operation in ("PutMetricAlarm", "PutCompositeAlarm") and read_tags(parameters):
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        yield from require_all(
            "cloudwatch:TagResource", (_ALARM + "{AlarmName}",), parameters, scope
        )


def _metric_keys(operation: str, parameters: Parameters, _: CallScope) -> Keys:
    keys: dict[str, tuple[str, ...]] = {}
    if operation == "PutMetricData" and parameters.get("Namespace"):
        keys["cloudwatch:namespace"] = (str(parameters["Namespace"]),)
    actions = ("AlarmActions", "OKActions", "InsufficientDataActions")
    named = [str(arn) for member in actions for arn in read_path(parameters, [member])]
    if operation in ("PutMetricAlarm", "PutCompositeAlarm") and named:
        keys["cloudwatch:alarmactions"] = tuple(named)
    return keys


_read_metrics = table_reader("cloudwatch", METRICS, keys=_metric_keys)

# -- CloudWatch Logs

# "This version of the ARN includes a trailing `:*`... use [it] in IAM policies", except for the
# three operations on tags: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
_GROUP = "arn:aws:logs:{region}:{account}:log-group:"

LOGS = operations_table(
    (_GROUP + "{logGroupName}:log-stream:", "CreateLogGroup DeleteLogGroup DescribeLogStreams"),
    (_GROUP + "{logGroupName}:log-stream:", "DeleteRetentionPolicy FilterLogEvents"),
    (_GROUP + "{logGroupName}:log-stream:", "PutRetentionPolicy"),
    (_GROUP + "{logGroupName}:log-stream:", "ListTagsLogGroup TagLogGroup UntagLogGroup"),
    (_GROUP + "{logGroupName}:log-stream:{logStreamName}", "CreateLogStream DeleteLogStream"),
    (_GROUP + "{logGroupName}:log-stream:{logStreamName}", "GetLogEvents PutLogEvents"),
    ("{resourceArn}", "ListTagsForResource TagResource UntagResource"),
    ("arn:aws:logs:{region}:{account}:log-group::log-stream:", "DescribeLogGroups"),
)


def _tag_log_group(_: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"""
    if read_tags(parameters):
        yield from require_all("logs:TagResource", (_GROUP + "{logGroupName}",), parameters, scope)


_read_logs = table_reader("logs", LOGS, extras={"CreateLogGroup": _tag_log_group})


def read_logs(operation: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    """Some operations take the group's name, or its ARN, as an identifier."""
    identifier = str(parameters.get("logGroupIdentifier") or "")
    if identifier and not parameters.get("logGroupName"):
        name = identifier.removesuffix(":*").rpartition(":log-group:")[2]
        parameters = {**parameters, "logGroupName": name}
    return _read_logs(operation, parameters, scope)


# -- Certificate Manager

CERTIFICATES = operations_table(
    ("{CertificateArn}", "AddTagsToCertificate DeleteCertificate DescribeCertificate"),
    ("{CertificateArn}", "GetCertificate ImportCertificate ListTagsForCertificate"),
    ("{CertificateArn}", "RemoveTagsFromCertificate RenewCertificate ResendValidationEmail"),
    ("{CertificateArn}", "UpdateCertificateOptions"),
    ("", "ListCertificates RequestCertificate"),
)


def _certificate_keys(operation: str, parameters: Parameters, _: CallScope) -> Keys:
    if operation != "RequestCertificate":
        return {}
    domains = read_path(
        [parameters.get("DomainName"), parameters.get("SubjectAlternativeNames")], []
    )
    keys = {
        "acm:domainnames": tuple(map(str, domains)),
        "acm:validationmethod": tuple(map(str, read_path(parameters, ["ValidationMethod"]))),
        "acm:keyalgorithm": tuple(map(str, read_path(parameters, ["KeyAlgorithm"]))),
    }
    return {key: values for key, values in keys.items() if values}


def _tag_certificate(_: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    """https://docs.aws.amazon.com/acm/latest/userguide/tags.html"""
    if read_tags(parameters):
        arn = "arn:aws:acm:{region}:{account}:certificate/*"
        yield from require_all("acm:AddTagsToCertificate", (arn,), parameters, scope)


read_certificates = table_reader(
    "acm",
    CERTIFICATES,
    extras=dict.fromkeys(("ImportCertificate", "RequestCertificate"), _tag_certificate),
    keys=_certificate_keys,
)

# -- Route 53

_R53 = "arn:aws:route53:::"

DOMAINS = operations_table(
    (_R53 + "hostedzone/{HostedZoneId}", "ChangeResourceRecordSets GetDNSSEC"),
    (_R53 + "hostedzone/{HostedZoneId}", "ListResourceRecordSets"),
    (_R53 + "hostedzone/{Id}", "DeleteHostedZone GetHostedZone UpdateHostedZoneComment"),
    (_R53 + "healthcheck/{HealthCheckId}", "DeleteHealthCheck GetHealthCheck"),
    (_R53 + "healthcheck/{HealthCheckId}", "UpdateHealthCheck GetHealthCheckStatus"),
    (_R53 + "healthcheck/{HealthCheckId}", "GetHealthCheckLastFailureReason"),
    (_R53 + "{ResourceType}/{ResourceId}", "ChangeTagsForResource ListTagsForResource"),
    (_R53 + "{ResourceType}/{ResourceIds}", "ListTagsForResources"),
    (_R53 + "change/{Id}", "GetChange"),
    (_R53 + "hostedzone/{HostedZoneId}", "GetHostedZoneLimit"),
    (_R53 + "hostedzone/{HostedZoneId}", "ListTrafficPolicyInstancesByHostedZone"),
    (
        f"{_R53}hostedzone/{{HostedZoneId}} {_R53}trafficpolicy/{{TrafficPolicyId}}",
        "CreateTrafficPolicyInstance",
    ),
    (_R53 + "trafficpolicy/{Id}", "CreateTrafficPolicyVersion DeleteTrafficPolicy"),
    (_R53 + "trafficpolicy/{Id}", "GetTrafficPolicy UpdateTrafficPolicyComment"),
    (_R53 + "trafficpolicy/{Id}", "ListTrafficPolicyVersions"),
    (_R53 + "trafficpolicy/{TrafficPolicyId}", "ListTrafficPolicyInstancesByPolicy"),
    (_R53 + "trafficpolicyinstance/{Id}", "DeleteTrafficPolicyInstance"),
    (_R53 + "trafficpolicyinstance/{Id}", "GetTrafficPolicyInstance UpdateTrafficPolicyInstance"),
    (_R53 + "cidrcollection/{Id}", "ChangeCidrCollection DeleteCidrCollection"),
    (_R53 + "cidrcollection/{CollectionId}", "ListCidrBlocks ListCidrLocations"),
    ("", "CreateCidrCollection CreateTrafficPolicy GetAccountLimit GetCheckerIpRanges"),
    ("", "GetGeoLocation GetTrafficPolicyInstanceCount ListCidrCollections ListGeoLocations"),
    ("", "ListTrafficPolicies ListTrafficPolicyInstances TestDNSAnswer"),
    ("", "CreateHealthCheck CreateHostedZone GetHealthCheckCount GetHostedZoneCount"),
    ("", "ListHealthChecks ListHostedZones ListHostedZonesByName ListHostedZonesByVPC"),
)


def _vpcs(_: str, parameters: Parameters, __: CallScope) -> Iterable[Requirement]:
    """A private zone's VPC is looked up."""
    if parameters.get("VPC") or parameters.get("VPCId"):
        yield Requirement(action="ec2:DescribeVpcs")


def _domain_keys(operation: str, parameters: Parameters, _: CallScope) -> Keys:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html"""
    if operation != "ChangeResourceRecordSets":
        return {}
    changes = ["ChangeBatch", "Changes"]
    names = read_path(parameters, [*changes, "ResourceRecordSet", "Name"])
    types = read_path(parameters, [*changes, "ResourceRecordSet", "Type"])
    prefix = "route53:changeresourcerecordsets"
    return {
        f"{prefix}normalizedrecordnames": tuple(map(_normalized_name, names)),
        f"{prefix}recordtypes": tuple(map(str, types)),
        f"{prefix}actions": tuple(map(str, read_path(parameters, [*changes, "Action"]))),
    }


def _normalized_name(given: object) -> str:
    """In lower case, with codes for what is no letter, digit, hyphen or underscore."""
    try:
        return normalize_name(str(given)).removesuffix(".")
    except InvalidName:  # it is refused later
        return str(given)


_read_domains = table_reader(
    "route53",
    DOMAINS,
    extras=dict.fromkeys(("CreateHostedZone", "ListHostedZonesByVPC"), _vpcs),
    keys=_domain_keys,
)


def read_domains(operation: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    """Route 53 takes ids with a prefix too, as its answers show them: `/hostedzone/Z1`."""
    bare: dict[str, Any] = {
        name: _bare_id(parameters[name])
        for name in ("HostedZoneId", "Id", "ResourceId")
        if parameters.get(name)
    }
    if isinstance(parameters.get("ResourceIds"), list):
        bare["ResourceIds"] = list(map(_bare_id, parameters["ResourceIds"]))
    return _read_domains(operation, {**parameters, **bare}, scope)


def _bare_id(value: object) -> str:
    return str(value).rpartition("/")[2]


# -- Key Management Service

KEYS = operations_table(("", "ListAliases"), ("key", "DescribeKey"))


def read_keys(operation: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    """A key that is named by an alias may be any.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
    """
    if operation == "ListAliases":
        yield Requirement(action="kms:ListAliases")
        return
    named = str(parameters.get("KeyId", "*"))
    name = "*" if "alias/" in named else named
    prefix = f"arn:aws:kms:{scope.region}:{scope.account}:key/"
    yield Requirement(
        action="kms:DescribeKey", resource=name if name.startswith("arn:") else prefix + name
    )


# -- Resource Groups Tagging API

TAGGING = operations_table(("", "GetResources GetTagKeys GetTagValues TagResources UntagResources"))
_TAG_ACTIONS = {
    "acm": ("AddTagsToCertificate", "RemoveTagsFromCertificate"),
    "cloudwatch": ("TagResource", "UntagResource"),
    "dynamodb": ("TagResource", "UntagResource"),
    "ec2": ("CreateTags", "DeleteTags"),
    "elasticloadbalancing": ("AddTags", "RemoveTags"),
    "globalaccelerator": ("TagResource", "UntagResource"),
    "lambda": ("TagResource", "UntagResource"),
    "logs": ("TagResource", "UntagResource"),
    "route53": ("ChangeTagsForResource", "ChangeTagsForResource"),
}
"""Service of an ARN -> its own actions that set and remove tags."""


def _own_tag_actions(operation: str, parameters: Parameters, _: CallScope) -> Iterable[Requirement]:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html"""
    for arn in map(str, read_path(parameters, ["ResourceARNList"])):
        service = arn.split(":", 3)[2] if arn.count(":") > 2 else ""
        if service in _TAG_ACTIONS:
            action = _TAG_ACTIONS[service][operation == "UntagResources"]
            yield Requirement(action=f"{service}:{action}", resource=arn)


read_tagging = table_reader(
    "tag",
    TAGGING,
    extras=dict.fromkeys(("TagResources", "UntagResources"), _own_tag_actions),
)
