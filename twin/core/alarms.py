"""When a CloudWatch alarm is OK, in ALARM, or has too little data: its whole evaluation, pure.

An alarm looks at its metric period by period. N evaluation periods are needed, M of them have to be
breaching. A little more is looked at than is needed, the evaluation range; AWS does not say how
much ("depends on the length of the alarm period"), its examples have N + 2, and so has the twin.

    real datapoints in the range     decided by
    N or more                        the newest N of them; missing ones do not matter
    fewer, `breaching`               the real ones, and what is missing filled in as breaching
    fewer, `notBreaching`            the real ones; what is missing is no reason to alarm
    fewer, `missing`                 M breaching: ALARM; one within bounds: OK; none at all:
                                     INSUFFICIENT_DATA; breaching only, but fewer than M: ALARM if
                                     the oldest is at least M periods old, INSUFFICIENT_DATA before
    fewer, `ignore`                  M breaching: ALARM; one within bounds: OK; else nothing changes

Whatever its period, an alarm is evaluated each minute, on periods that end at that minute: one of 5
minutes looks at minutes 1 to 5, then at minutes 2 to 6. Alarms of less than a minute are evaluated
each 10 seconds, those that look at more than a day each hour.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html

Clocks, metrics and what is done about an alarm are not known here.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from twin.core.metrics import Metric

EXTRA_PERIODS = 2
"""How much further back than its N periods an alarm looks for real datapoints."""
DAY_S, HOUR_S, MINUTE_S, SHORT_STEP_S = 86_400, 3600, 60, 10
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
    """ComparisonOperator, without those of anomaly detection."""

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
_WORDS: Mapping[ComparisonOperator, str] = {
    ComparisonOperator.ABOVE_OR_EQUAL: "greater than or equal to",
    ComparisonOperator.ABOVE: "greater than",
    ComparisonOperator.BELOW: "less than",
    ComparisonOperator.BELOW_OR_EQUAL: "less than or equal to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What an alarm watches and how it judges."""

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
    def range(self) -> int:
        """How many periods it looks back at."""
        return self.evaluation_periods + EXTRA_PERIODS

    @property
    def step_s(self) -> float:
        """The time between two evaluations, as AWS has it; the period is a multiple of it."""
        if self.period_s * self.evaluation_periods > DAY_S and self.period_s % HOUR_S == 0:
            return HOUR_S
        return MINUTE_S if self.period_s >= MINUTE_S else SHORT_STEP_S


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEvaluation:
    """What an evaluation found."""

    state: AlarmState
    reason: str
    datapoints: tuple[float, ...] = ()
    """The real ones that were looked at, newest first."""


def missing_data_treatment(given: str | None, namespace: str) -> MissingData:
    """How an alarm treats missing data: as it says, else by its metric's namespace.

    "Alarms that evaluate metrics in the AWS/DynamoDB namespace default to ignore missing data":
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    if given:
        return MissingData(given)
    return MissingData.IGNORE if namespace == DYNAMODB else MissingData.MISSING


def evaluate_alarm(alarm: Alarm, recent: Sequence[float | None]) -> AlarmEvaluation | None:
    """The state that follows from the datapoints of the range; None when it stays as it is.

    `recent`: one for each period of `alarm.range`, the oldest first, None where nothing came.
    """
    breaches = _BREACHES[alarm.comparison]
    # Newest first, with the age in periods: the newest period is 1 old.
    real = [
        (age, value, breaches(value, alarm.threshold))
        for age, value in enumerate(reversed(recent), start=1)
        if value is not None
    ]
    lacking = alarm.evaluation_periods - len(real)
    used = real[: alarm.evaluation_periods]
    state = _state(alarm, [(age, bad) for age, _, bad in used], lacking if lacking > 0 else 0)
    if state is None:
        return None
    values = tuple(value for _, value, _ in used)
    breaching = sum(bad for *_, bad in used)
    return AlarmEvaluation(
        state=state, reason=_reason(alarm, state, values, breaching), datapoints=values
    )


def _state(alarm: Alarm, used: list[tuple[int, bool]], lacking: int) -> AlarmState | None:
    """The table above; `used` has age and whether it is breaching, newest first."""
    breaching = sum(bad for _, bad in used)
    if lacking and alarm.missing is MissingData.BREACHING:
        breaching += lacking
    if breaching >= alarm.datapoints_to_alarm:
        return AlarmState.ALARM
    filled = not lacking or alarm.missing in (MissingData.BREACHING, MissingData.NOT_BREACHING)
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


def _reason(alarm: Alarm, state: AlarmState, values: tuple[float, ...], breaching: int) -> str:
    """StateReason, in the manner of AWS's."""
    missing = alarm.evaluation_periods - len(values)
    if state is AlarmState.INSUFFICIENT_DATA or not values:
        treated = f" and were treated as [{_filled(alarm)}]" if state is not _UNKNOWN else ""
        start = "Insufficient Data" if state is _UNKNOWN else "Threshold Crossed"
        return f"{start}: {_count(missing)} {_were(missing, 'unknown')}{treated}."
    shown = ", ".join(f"{value:g}" for value in values)
    crossed = f"{_WORDS[alarm.comparison]} the threshold ({alarm.threshold:g})"
    unknown = f" {_count(missing)} {_were(missing, 'unknown')}." if missing > 0 else ""
    if state is AlarmState.ALARM:
        return (
            f"Threshold Crossed: {breaching} out of the last {_count(len(values))} [{shown}] "
            f"{_were(breaching, crossed)} (minimum {_count(alarm.datapoints_to_alarm)} for OK -> "
            f"ALARM transition).{unknown}"
        )
    calm = len(values) - breaching
    return (
        f"Threshold Crossed: {calm} out of the last {_count(len(values))} [{shown}] "
        f"{'was' if calm == 1 else 'were'} not {crossed}.{unknown}"
    )


_UNKNOWN = AlarmState.INSUFFICIENT_DATA


def _filled(alarm: Alarm) -> str:
    return "Breaching" if alarm.missing is MissingData.BREACHING else "NonBreaching"


def _count(number: int) -> str:
    return f"{number} datapoint" if number == 1 else f"{number} datapoints"


def _were(number: int, what: str) -> str:
    return f"was {what}" if number == 1 else f"were {what}"
