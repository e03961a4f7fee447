"""CloudWatch: alarms on a metric, or on an expression of metrics; dashboards."""

from dataclasses import dataclass

from twin.provider.schema import shapes
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceType,
    block,
    block_set,
    boolean,
    integer,
    json_string,
    mapping,
    number,
    output,
    string,
    string_set,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value


def _live_threshold(found: DescribedResource) -> Value:
    """The threshold; 0, which AWS has for none, only if it was given."""
    live = found.description.get("Threshold")
    if live is None or (live == 0 and found.recorded.get("threshold") is None):
        return None
    return shapes.from_aws(number("threshold"), live)


_ALARM = (
    boolean("actionsEnabled", default=True),
    string_set("alarmActions"),
    string("alarmDescription"),
    string("comparisonOperator", required=True),
    integer("datapointsToAlarm"),
    mapping("dimensions", local=True),
    string("evaluateLowSampleCountPercentiles", aws="EvaluateLowSampleCountPercentile"),
    integer("evaluationPeriods", required=True),
    string("extendedStatistic"),
    string_set("insufficientDataActions"),
    string("metricName"),
    block_set(
        "metricQueries",
        string("id", required=True),
        string("accountId"),
        string("expression"),
        string("label"),
        block(
            "metric",
            mapping("dimensions"),
            string("metricName", required=True),
            string("namespace"),
            integer("period", required=True),
            string("stat", required=True),
            string("unit"),
        ),
        integer("period"),
        boolean("returnData", default=False),
        local=True,
    ),
    string("namespace"),
    string_set("okActions"),
    integer("period"),
    string("statistic"),
    number("threshold", derive=_live_threshold),
    string("thresholdMetricId"),
    string("treatMissingData", default="missing"),
    string("unit"),
)


def _to_dimensions(values: Properties | None) -> list[Properties]:
    return [{"Name": name, "Value": value} for name, value in (values or {}).items()]


def _from_dimensions(listed: list[Properties]) -> Properties:
    return {dimension["Name"]: dimension["Value"] for dimension in listed}


_QUERY_MEMBERS = {
    "id": "Id",
    "accountId": "AccountId",
    "expression": "Expression",
    "label": "Label",
    "period": "Period",
    "returnData": "ReturnData",
}
_STAT_MEMBERS = {"period": "Period", "stat": "Stat", "unit": "Unit"}
_METRIC_MEMBERS = {"metricName": "MetricName", "namespace": "Namespace"}


def _rename(values: Properties, names: dict[str, str]) -> Properties:
    found = {new: values.get(old) for old, new in names.items()}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _to_query(query: Properties) -> Properties:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""
    converted = _rename(query, _QUERY_MEMBERS)
    if metric := query.get("metric"):
        described: Properties = _rename(metric, _METRIC_MEMBERS)
        if metric.get("dimensions"):
            described["Dimensions"] = _to_dimensions(metric["dimensions"])
        converted["MetricStat"] = {"Metric": described, **_rename(metric, _STAT_MEMBERS)}
    return converted


def _from_query(described: Properties) -> Properties:
    query = _rename(described, {new: old for old, new in _QUERY_MEMBERS.items()})
    query.setdefault("returnData", False)
    if stat := described.get("MetricStat"):
        metric = _rename(stat["Metric"], {new: old for old, new in _METRIC_MEMBERS.items()})
        metric |= _rename(stat, {new: old for old, new in _STAT_MEMBERS.items()})
        if stat["Metric"].get("Dimensions"):
            metric["dimensions"] = _from_dimensions(stat["Metric"]["Dimensions"])
        query["metric"] = metric
    return query


def _alarm_params(_: OperationContext, new: Properties) -> Properties:
    params: Properties = {}
    if new.get("dimensions"):
        params["Dimensions"] = _to_dimensions(new["dimensions"])
    if new.get("metricQueries"):
        params["Metrics"] = [_to_query(query) for query in new["metricQueries"]]
    if "threshold" not in new and "thresholdMetricId" not in new:
        params["Threshold"] = 0.0  # as the real provider does: an alarm on anything above none
    return params


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAspect(ModifyAspect):
    """An alarm is put as a whole; its dimensions and queries are read in Pulumi's form."""

    def read(self, found: DescribedResource) -> Properties:
        values: Properties = {}
        if dimensions := found.description.get("Dimensions"):
            values["dimensions"] = _from_dimensions(dimensions)
        if queries := found.description.get("Metrics"):
            values["metricQueries"] = [_from_query(query) for query in queries]
        return values


def _validate_alarm(inputs: Properties) -> list[tuple[str, str]]:
    """As the real provider, before AWS is asked."""
    found = []
    queries = inputs.get("metricQueries") or []
    if not inputs.get("metricName") and not queries:
        found.append(("metricName", "one of 'metricName' and 'metricQueries' must be given"))
    if inputs.get("metricName") and bool(inputs.get("statistic")) == bool(
        inputs.get("extendedStatistic")
    ):
        found.append(("statistic", "one of 'statistic' and 'extendedStatistic' must be given"))
    found += [
        (f"metricQueries[{i}]", "has 'expression' and 'metric': give one of them")
        for i, query in enumerate(queries)
        if query.get("expression") and query.get("metric")
    ]
    return found


METRIC_ALARM = ResourceType(
    name="aws:cloudwatch/metricAlarm:MetricAlarm",
    service="cloudwatch",
    properties=(
        string("name", aws="AlarmName", replaces=True),
        *_ALARM,
        output("arn", "AlarmArn"),
    ),
    create=AwsOperation(operation="PutMetricAlarm", extra_params=_alarm_params),
    read=AwsOperation(
        operation="DescribeAlarms", id_param="AlarmNames[]", result="MetricAlarms[0]"
    ),
    delete=AwsOperation(operation="DeleteAlarms", id_param="AlarmNames[]"),
    resource_id=lambda _, new: str(new["name"]),
    not_found_codes=frozenset({"ResourceNotFound"}),
    autoname=Autoname(longest=255),
    aspects=(
        AlarmAspect(
            operation="PutMetricAlarm",
            id_param="AlarmName",
            properties=_ALARM,
            extra_params=_alarm_params,
        ),
    ),
    tagging=TagOperations(
        tag="TagResource",
        untag="UntagResource",
        listing="ListTagsForResource",
        id_param=lambda ref: {"ResourceARN": ref.properties["arn"]},
    ),
    validate=_validate_alarm,
)

_BODY = json_string("dashboardBody", required=True)

DASHBOARD = ResourceType(
    name="aws:cloudwatch/dashboard:Dashboard",
    service="cloudwatch",
    properties=(
        string("dashboardName", required=True, replaces=True),
        _BODY,
        output("dashboardArn"),
    ),
    create=AwsOperation(operation="PutDashboard"),
    read=AwsOperation(operation="GetDashboard", id_param="DashboardName"),
    delete=AwsOperation(operation="DeleteDashboards", id_param="DashboardNames[]"),
    resource_id=lambda _, new: str(new["dashboardName"]),
    not_found_codes=frozenset({"ResourceNotFound", "DashboardNotFoundError"}),
    aspects=(
        ModifyAspect(operation="PutDashboard", id_param="DashboardName", properties=(_BODY,)),
    ),
)

TYPES = (METRIC_ALARM, DASHBOARD)
