"""CloudWatch's alarms as resources: moto keeps them, and the twin judges them (`Alarms`).

Not here: composite alarms, alarms on metric math or anomaly detection (they are kept, and stay in
INSUFFICIENT_DATA), actions (none is ever carried out), and the history.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.exceptions import ValidationError

from twin.core import metrics
from twin.core.alarms import (
    INITIAL_REASON,
    Alarm,
    AlarmEvaluation,
    AlarmState,
    ComparisonOperator,
    MissingData,
    missing_data_treatment,
)
from twin.core.metrics import Metric
from twin.moto.patches.cloudwatch import parse_period_s
from twin.moto.patches.patching import replace_method

SHORT_ALARM_PERIODS_S = (10, 20, 30)
LONGEST_EVALUATION_S = 7 * 86400
LONGEST_OF_SHORT_S, SHORT_S = 86400, 3600
"""For periods below an hour; https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
NOT_EVALUATED = "Unchecked: the twin evaluates alarms on a single metric only"


def patch_alarms() -> None:
    """Correct moto's alarms."""
    replace_method(models.CloudWatchBackend, "put_metric_alarm", _put_metric_alarm)
    replace_method(models.Alarm, "__init__", _alarm_init)
    replace_method(models.Alarm, "update_state", _update_state)


def _alarm_init(original: Any) -> Any:
    """ "When an alarm is created, its state is immediately set to INSUFFICIENT_DATA".

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
    """

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.state_value = str(AlarmState.INSUFFICIENT_DATA)
        self.state_reason = INITIAL_REASON if _readable(self) else NOT_EVALUATED
        self.state_reason_data = None
        self.state_transitioned_timestamp = self.state_updated_timestamp

    return init


def _update_state(original: Any) -> Any:
    def update_state(self: Any, reason: str, reason_data: str, state_value: str) -> None:
        changed = state_value != self.state_value
        original(self, reason, reason_data, state_value)
        self.history.clear()  # nobody can ask for it: moto has no DescribeAlarmHistory
        if changed:
            self.state_transitioned_timestamp = self.state_updated_timestamp

    return update_state


def _put_metric_alarm(original: Any) -> Any:
    """ "When you update an existing alarm, its state is left unchanged".

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
    """

    def put_metric_alarm(self: Any, name: str, **kwargs: Any) -> Any:
        if not kwargs.get("rule"):
            _check_alarm(kwargs)
        before = self.alarms.get(name)
        alarm = original(self, name=name, **kwargs)
        if before is not None:
            for kept in (
                "state_value",
                "state_reason",
                "state_reason_data",
                "state_updated_timestamp",
                "state_transitioned_timestamp",
            ):
                setattr(alarm, kept, getattr(before, kept))
        return alarm

    return put_metric_alarm


def _check_alarm(given: Mapping[str, Any]) -> None:
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
    if given.get("period") is not None:
        _check_period(parse_period_s(given["period"], SHORT_ALARM_PERIODS_S), periods)


def _check_period(period_s: float, periods: int) -> None:
    if period_s * periods > LONGEST_EVALUATION_S:
        raise ValidationError("Metrics cannot be checked across more than 7 days")
    if period_s < SHORT_S and period_s * periods > LONGEST_OF_SHORT_S:
        raise ValidationError(
            "Metrics cannot be checked across more than a day with a period of less than an hour"
        )


class MotoAlarms:
    """The alarms of all Regions of an account, for who evaluates them."""

    def __init__(self, account: str) -> None:
        """Read moto's; a Region that nobody has touched has none."""
        self._account = account

    def watched(self) -> Iterator[tuple[str, Alarm]]:
        """Region and alarm, of all that can be evaluated."""
        for region, found in self._all():
            if (read := _readable(found)) is not None:
                yield region, read

    def judged(self, region: str, name: str, verdict: AlarmEvaluation, reason_data: str) -> None:
        """Set the state that an evaluation found; the reason told is that of the last change."""
        found = models.cloudwatch_backends[self._account][region].alarms.get(name)
        if found is None:
            return
        if found.state_value != verdict.state:
            found.update_state(verdict.reason, reason_data, str(verdict.state))
        elif found.state_reason == INITIAL_REASON:
            found.state_reason, found.state_reason_data = verdict.reason, reason_data

    def _all(self) -> Iterator[tuple[str, Any]]:
        if self._account not in dict.keys(models.cloudwatch_backends):
            return
        for region, backend in models.cloudwatch_backends[self._account].items():
            for alarm in list(backend.alarms.values()):
                yield region, alarm


def _readable(alarm: Any) -> Alarm | None:
    """The alarm in our words; None for one on metric math, anomaly detection, or other alarms."""
    if alarm.rule is not None or alarm.comparison_operator not in set(ComparisonOperator):
        return None
    watched = _watched(alarm)
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


def _watched(alarm: Any) -> tuple[Metric, str, float] | None:
    """Metric, statistic and period (seconds) of an alarm on one metric."""
    if not alarm.metric_data_queries:
        if not alarm.metric_name or not alarm.period:
            return None
        metric = _as_metric(alarm.namespace, alarm.metric_name, alarm.dimensions)
        return metric, alarm.statistic or alarm.extended_statistic or "", float(alarm.period)
    if len(alarm.metric_data_queries) > 1 or alarm.metric_data_queries[0].metric_stat is None:
        return None
    stat = alarm.metric_data_queries[0].metric_stat
    metric = _as_metric(stat.metric.namespace, stat.metric.metric_name, stat.metric.dimensions)
    return metric, stat.stat, float(stat.period)


def _as_metric(namespace: str, name: str, dimensions: Any) -> Metric:
    return Metric.with_dimensions(namespace, name, {d.name: d.value for d in dimensions})
