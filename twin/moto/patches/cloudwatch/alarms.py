"""CloudWatch's alarms as resources: moto stores them, control evaluates them (`MotoAlarms`).

Composite alarms and alarms on metric math or anomaly detection are stored, but stay in
INSUFFICIENT_DATA. No alarm action is carried out, and there is no alarm history.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.exceptions import (
    InvalidFormat,
    ResourceNotFound,
    ResourceNotFoundException,
    ValidationError,
)

from twin.core.cloudwatch import metrics
from twin.core.cloudwatch.alarms import (
    INITIAL_REASON,
    Alarm,
    AlarmEvaluation,
    AlarmState,
    ComparisonOperator,
    MissingData,
    missing_data_treatment,
)
from twin.core.cloudwatch.metrics import Metric
from twin.moto.patches.cloudwatch.metrics import parse_period_s
from twin.moto.patches.patching import replace_method, set_attribute

SHORT_ALARM_PERIODS_S = (10, 20, 30)
MAX_EVALUATION_S = 7 * 86400
MAX_EVALUATION_OF_SHORT_PERIODS_S, SHORT_PERIOD_S = 86400, 3600
"""For periods below an hour; https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
NOT_EVALUATED = "Unchecked: the twin evaluates alarms on a single metric only"


def patch_alarms() -> None:
    """Patch moto's alarms."""
    replace_method(models.CloudWatchBackend, "put_metric_alarm", _put_metric_alarm)
    replace_method(models.CloudWatchBackend, "set_alarm_state", _set_alarm_state)
    set_attribute(ResourceNotFoundException, "message", "The named resource does not exist.")
    replace_method(models.Alarm, "__init__", _alarm_init)
    replace_method(models.Alarm, "update_state", _update_state)


def _alarm_init(original: Any) -> Any:
    """ "When an alarm is created, its state is immediately set to INSUFFICIENT_DATA".

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
    """

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.state_value = str(AlarmState.INSUFFICIENT_DATA)
        self.state_reason = INITIAL_REASON if _parse_alarm(self) else NOT_EVALUATED
        self.state_reason_data = None
        self.state_transitioned_timestamp = self.state_updated_timestamp

    return init


def _update_state(original: Any) -> Any:
    def update_state(self: Any, reason: str, reason_data: str, state_value: str) -> None:
        changed = state_value != self.state_value
        original(self, reason, reason_data, state_value)
        self.history.clear()  # unused: moto has no DescribeAlarmHistory
        if changed:
            self.state_transitioned_timestamp = self.state_updated_timestamp

    return update_state


def _set_alarm_state(original: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"""

    def set_alarm_state(
        self: Any, alarm_name: str, reason: str, reason_data: str | None, state_value: str
    ) -> None:
        try:
            json.loads(reason_data or "{}")
        except (ValueError, RecursionError):
            raise InvalidFormat("Data was not syntactically valid JSON.") from None
        if alarm_name not in self.alarms:
            raise ResourceNotFound("The named resource does not exist.")
        original(self, alarm_name, reason, reason_data, state_value)

    return set_alarm_state


def _put_metric_alarm(original: Any) -> Any:
    """ "When you update an existing alarm, its state is left unchanged".

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
    """

    def put_metric_alarm(self: Any, name: str, **kwargs: Any) -> Any:
        if not kwargs.get("rule"):
            _check_alarm(kwargs)
        _check_actions(kwargs, self.region_name)
        before = self.alarms.get(name)
        alarm = original(self, name=name, **kwargs)
        if before is not None:
            for attribute in (
                "state_value",
                "state_reason",
                "state_reason_data",
                "state_updated_timestamp",
                "state_transitioned_timestamp",
            ):
                setattr(alarm, attribute, getattr(before, attribute))
        return alarm

    return put_metric_alarm


_RULE: list[tuple[str, ...]] = [
    ("evaluation_periods",),
    ("comparison_operator",),
    ("threshold", "threshold_metric_id"),
]
_OF_ONE_METRIC: list[tuple[str, ...]] = [
    ("namespace",),
    ("period",),
    ("statistic", "extended_statistic"),
]
"""Each an alarm needs one of; moto's names."""


_EXCLUSIVE = [("statistic", "extended_statistic"), ("metric_name", "metric_data_queries")]
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""


def _aws_name(name: str) -> str:
    """`evaluation_periods` -> `EvaluationPeriods`."""
    return "Metrics" if name == "metric_data_queries" else name.title().replace("_", "")


def _check_alarm(given: Mapping[str, Any]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.

    botocore's model requires only the name, since other kinds of alarms have no threshold.
    """
    lacking = list(_missing_parameters(given))
    if lacking:
        raise ValidationError(f"An alarm on a metric needs {', '.join(lacking)}")
    for one, other in _EXCLUSIVE:
        if given.get(one) and given.get(other):
            raise ValidationError(f"{_aws_name(one)} and {_aws_name(other)} exclude each other")
    periods, needed = int(given["evaluation_periods"]), given.get("datapoints_to_alarm")
    if needed is not None and not 1 <= int(needed) <= periods:
        raise ValidationError(
            f"DatapointsToAlarm {needed} must be from 1 to EvaluationPeriods {periods}"
        )
    missing = given.get("treat_missing_data")
    if missing and missing not in set(MissingData):
        raise ValidationError(
            f"Option {missing} is not supported. Supported options for parameter TreatMissingData "
            f"are {', '.join(MissingData)}."
        )
    for period in _given_periods(given):
        _check_period(parse_period_s(period, SHORT_ALARM_PERIODS_S), periods)


def _given_periods(given: Mapping[str, Any]) -> Iterator[object]:
    """Of the alarm itself, or of the metrics and expressions that it watches."""
    watched = given.get("metric_data_queries") or ()
    of_metrics = (query.metric_stat.period for query in watched if query.metric_stat is not None)
    for period in (given.get("period"), *(query.period for query in watched), *of_metrics):
        if period is not None:
            yield period


def _check_actions(given: Mapping[str, Any], region: str) -> None:
    """An alarm notifies topics of its own Region only. AWS's words are in
    https://github.com/cds-snc/notification-terraform/pull/128"""
    members = ("alarm_actions", "ok_actions", "insufficient_data_actions")
    for arn in (str(arn) for member in members for arn in given.get(member) or ()):
        service, at = ([*arn.split(":"), "", "", "", ""])[2:4]
        if service == "sns" and at != region:
            raise ValidationError(f"Invalid region {at} specified. Only {region} is supported.")


def _missing_parameters(given: Mapping[str, Any]) -> Iterator[str]:
    """Names of the parameters that an alarm on a metric, or on several, lacks."""
    needed: list[tuple[str, ...]] = [("metric_name", "metric_data_queries"), *_RULE]
    if given.get("metric_name"):
        needed = [*_OF_ONE_METRIC, *_RULE]
    for alternatives in needed:
        if all(given.get(name) in (None, "", []) for name in alternatives):
            yield " or ".join(_aws_name(name) for name in alternatives)


def _check_period(period_s: float, periods: int) -> None:
    if period_s * periods > MAX_EVALUATION_S:
        raise ValidationError("Metrics cannot be checked across more than 7 days")
    if period_s < SHORT_PERIOD_S and period_s * periods > MAX_EVALUATION_OF_SHORT_PERIODS_S:
        raise ValidationError(
            "Metrics cannot be checked across more than a day with a period of less than an hour"
        )


class MotoAlarms:
    """The alarms of an account, in all Regions, as moto stores them."""

    def __init__(self, account: str) -> None:
        self._account = account
        self.on_change: Callable[[], None] = lambda: None
        """Called when an evaluation has changed what is known of an alarm."""

    def evaluable_alarms(self) -> Iterator[tuple[str, Alarm]]:
        """(Region, alarm) pairs of all alarms that the twin can evaluate."""
        for region, stored in self._all():
            if (alarm := _parse_alarm(stored)) is not None:
                yield region, alarm

    def find(self, region: str, name: str) -> Alarm | None:
        """An alarm; None if there is none, or one that the twin can't evaluate."""
        named = (alarm for at, alarm in self._all() if (at, alarm.name) == (region, name))
        return next(filter(None, map(_parse_alarm, named)), None)

    def record_evaluation(
        self, region: str, name: str, evaluation: AlarmEvaluation, reason_data: str
    ) -> None:
        """Set an alarm's state; its reason changes together with its state only."""
        alarm = models.cloudwatch_backends[self._account][region].alarms.get(name)
        if alarm is None:
            return
        if alarm.state_value != evaluation.state:
            alarm.update_state(evaluation.reason, reason_data, str(evaluation.state))
            self.on_change()
        elif alarm.state_reason == INITIAL_REASON:
            alarm.state_reason, alarm.state_reason_data = evaluation.reason, reason_data
            self.on_change()

    def _all(self) -> Iterator[tuple[str, Any]]:
        if self._account not in dict.keys(models.cloudwatch_backends):
            return
        for region, backend in models.cloudwatch_backends[self._account].items():
            for alarm in list(backend.alarms.values()):
                yield region, alarm


def _parse_alarm(alarm: Any) -> Alarm | None:
    """Parse an alarm of moto; None for metric math and anomaly detection."""
    if alarm.rule is not None or alarm.comparison_operator not in set(ComparisonOperator):
        return None
    watched = _watched_metric(alarm)
    if watched is None or not metrics.is_statistic(watched[1]):
        return None
    metric, statistic, period_s = watched
    periods = int(alarm.evaluation_periods)
    return Alarm(
        name=alarm.name,
        metric=metric,
        statistic=statistic,
        period_s=period_s,
        comparison=ComparisonOperator(alarm.comparison_operator),
        threshold=float(alarm.threshold or 0.0),
        evaluation_periods=periods,
        datapoints_to_alarm=int(alarm.datapoints_to_alarm or periods),
        missing=missing_data_treatment(alarm.treat_missing_data, metric.namespace),
    )


def _watched_metric(alarm: Any) -> tuple[Metric, str, float] | None:
    """Metric, statistic and period (seconds) of an alarm on one metric."""
    if not alarm.metric_data_queries:
        if not alarm.metric_name or not alarm.period:
            return None
        metric = _metric(alarm.namespace, alarm.metric_name, alarm.dimensions)
        return metric, alarm.statistic or alarm.extended_statistic or "", float(alarm.period)
    if len(alarm.metric_data_queries) > 1 or alarm.metric_data_queries[0].metric_stat is None:
        return None
    stat = alarm.metric_data_queries[0].metric_stat
    metric = _metric(stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions)
    return metric, stat.stat, float(stat.period)


def _metric(namespace: str, name: str, dimensions: Any) -> Metric:
    return Metric.with_dimensions(namespace, name, {d.name: d.value for d in dimensions})
