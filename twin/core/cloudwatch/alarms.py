"""Evaluation of a CloudWatch alarm: OK, ALARM or INSUFFICIENT_DATA from recent datapoints. Pure.

An alarm reads its metric period by period. It has N evaluation periods, M of which must be
breaching. The evaluation range is a little longer than N periods; AWS does not document how much
("depends on the length of the alarm period"). Its examples use N + 2, and so does the twin.

    datapoints present in the range  decided by
    N or more                        the newest N of them; missing ones do not matter
    fewer, `breaching`               those present; each missing one counts as breaching
    fewer, `notBreaching`            those present; each missing one counts as within bounds
    fewer, `missing`                 M breaching: ALARM; one within bounds: OK; none at all:
                                     INSUFFICIENT_DATA; breaching only, but fewer than M: ALARM if
                                     the oldest is at least M periods old, INSUFFICIENT_DATA before
    fewer, `ignore`                  M breaching: ALARM; one within bounds: OK; else no change

Whatever its period, an alarm is evaluated each minute, on periods that end at that minute: one of 5
minutes reads minutes 1 to 5, then minutes 2 to 6. Alarms with periods below a minute are evaluated
each 10 seconds, alarms on more than a day each hour.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html


The caller reads the clock, fetches the datapoints, and acts on the result.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from twin.core.cloudwatch.metrics import Metric

EXTRA_PERIODS = 2
"""Periods before the N evaluation periods that an alarm also reads."""
DAY_S, HOUR_S, MINUTE_S, SHORT_INTERVAL_S = 86_400, 3600, 60, 10
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
INITIAL_REASON = "Unchecked: Initial alarm creation"
DYNAMODB = "AWS/DynamoDB"


class AlarmState(StrEnum):
    """StateValue."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MissingData(StrEnum):
    """TreatMissingData."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class ComparisonOperator(StrEnum):
    """ComparisonOperator, without the operators of anomaly detection."""

    ABOVE_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    ABOVE = "GreaterThanThreshold"
    BELOW = "LessThanThreshold"
    BELOW_OR_EQUAL = "LessThanOrEqualToThreshold"


_BREACHES: Mapping[ComparisonOperator, Callable[[float, float], bool]] = {
    ComparisonOperator.ABOVE_OR_EQUAL: operator.ge,
    ComparisonOperator.ABOVE: operator.gt,
    ComparisonOperator.BELOW: operator.lt,
    ComparisonOperator.BELOW_OR_EQUAL: operator.le,
}
_PHRASES: Mapping[ComparisonOperator, str] = {
    ComparisonOperator.ABOVE_OR_EQUAL: "greater than or equal to",
    ComparisonOperator.ABOVE: "greater than",
    ComparisonOperator.BELOW: "less than",
    ComparisonOperator.BELOW_OR_EQUAL: "less than or equal to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm's configuration: metric, threshold and evaluation periods."""

    name: str
    metric: Metric
    statistic: str
    """`Sum`, `p99`, ... as AWS names them."""
    period_s: float
    """As configured, before the twin's speed divides it."""
    comparison: ComparisonOperator
    threshold: float
    evaluation_periods: int
    """N."""
    datapoints_to_alarm: int
    """M."""
    missing: MissingData = MissingData.MISSING

    @property
    def evaluation_range(self) -> int:
        """How many periods an evaluation reads."""
        return self.evaluation_periods + EXTRA_PERIODS

    @property
    def evaluation_interval_s(self) -> float:
        """AWS's time between two evaluations; the period is a multiple of it."""
        if self.period_s * self.evaluation_periods > DAY_S and self.period_s % HOUR_S == 0:
            return HOUR_S
        return MINUTE_S if self.period_s >= MINUTE_S else SHORT_INTERVAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEvaluation:
    """Result of one evaluation."""

    state: AlarmState
    reason: str
    datapoints: tuple[float, ...] = ()
    """Those present that decided the state, newest first."""


def missing_data_treatment(given: str | None, namespace: str) -> MissingData:
    """How an alarm treats missing data: as configured, else by its metric's namespace.

    "Alarms that evaluate metrics in the AWS/DynamoDB namespace default to ignore missing data":
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    if given:
        return MissingData(given)
    return MissingData.IGNORE if namespace == DYNAMODB else MissingData.MISSING


def evaluate_alarm(alarm: Alarm, recent: Sequence[float | None]) -> AlarmEvaluation | None:
    """Evaluate the datapoints of the range; None when the state does not change.

    `recent`: one value for each period of `alarm.evaluation_range`, oldest first, None for a
    missing datapoint.
    """
    breaches = _BREACHES[alarm.comparison]
    # Newest first, with the age in periods: the newest period is 1 old.
    present = [
        (age, value, breaches(value, alarm.threshold))
        for age, value in enumerate(reversed(recent), start=1)
        if value is not None
    ]
    missing = max(alarm.evaluation_periods - len(present), 0)
    used = present[: alarm.evaluation_periods]
    state = _decide_state(alarm, [(age, bad) for age, _, bad in used], missing)
    if state is None:
        return None
    values = tuple(value for _, value, _ in used)
    breaching = sum(bad for *_, bad in used)
    return AlarmEvaluation(
        state=state, reason=_state_reason(alarm, state, values, breaching), datapoints=values
    )


def _decide_state(alarm: Alarm, used: list[tuple[int, bool]], missing: int) -> AlarmState | None:
    """The table above; `used` holds (age, is breaching) pairs, newest first."""
    breaching = sum(bad for _, bad in used)
    if missing and alarm.missing is MissingData.BREACHING:
        breaching += missing
    if breaching >= alarm.datapoints_to_alarm:
        return AlarmState.ALARM
    filled = not missing or alarm.missing in (MissingData.BREACHING, MissingData.NOT_BREACHING)
    if filled or not all(bad for _, bad in used):
        return AlarmState.OK
    if alarm.missing is MissingData.IGNORE:
        return None
    # "Alarms are designed to always go into ALARM state when the oldest available breaching
    # datapoint ... is at least as old as the value of Datapoints to Alarm, and all other more
    # recent data points are breaching or missing."
    if used and used[-1][0] >= alarm.datapoints_to_alarm:
        return AlarmState.ALARM
    return AlarmState.INSUFFICIENT_DATA


def _state_reason(
    alarm: Alarm, state: AlarmState, values: tuple[float, ...], breaching: int
) -> str:
    """StateReason, worded as AWS words it."""
    missing = alarm.evaluation_periods - len(values)
    if state is AlarmState.INSUFFICIENT_DATA or not values:
        if state is AlarmState.INSUFFICIENT_DATA:
            return f"Insufficient Data: {_unknown_datapoints(missing)}."
        filled = "Breaching" if alarm.missing is MissingData.BREACHING else "NonBreaching"
        unknown = _unknown_datapoints(missing)
        return f"Threshold Crossed: {unknown} and were treated as [{filled}]."
    shown = ", ".join(f"{value:g}" for value in values)
    crossed = f"{_PHRASES[alarm.comparison]} the threshold ({alarm.threshold:g})"
    unknown = f" {_unknown_datapoints(missing)}." if missing > 0 else ""
    if state is AlarmState.ALARM:
        return (
            f"Threshold Crossed: {breaching} out of the last {_datapoints(len(values))} [{shown}] "
            f"{_was_or_were(breaching)} {crossed} (minimum "
            f"{_datapoints(alarm.datapoints_to_alarm)} for OK -> ALARM transition).{unknown}"
        )
    within = len(values) - breaching
    return (
        f"Threshold Crossed: {within} out of the last {_datapoints(len(values))} [{shown}] "
        f"{_was_or_were(within)} not {crossed}.{unknown}"
    )


def _unknown_datapoints(count: int) -> str:
    return f"{_datapoints(count)} {_was_or_were(count)} unknown"


def _datapoints(count: int) -> str:
    return f"{count} datapoint" if count == 1 else f"{count} datapoints"


def _was_or_were(count: int) -> str:
    return "was" if count == 1 else "were"
