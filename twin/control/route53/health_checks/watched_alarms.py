"""The alarm whose metric a health check follows.

The API shows the alarm's settings as they were when the check was written: a changed alarm counts
after an update of the check (twin.control.metrics.metric_checks evaluates it). Route 53 has no
checks for alarms on metric math, with periods below a minute, or on M of N datapoints.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
"""

from collections.abc import Callable

from twin.control.document_service import CallRefused, Result
from twin.control.route53.health_checks.rules import invalid
from twin.core.cloudwatch.alarms import Alarm
from twin.topology.route53 import AlarmIdentifier

FindAlarm = Callable[[AlarmIdentifier], Alarm | None]
"""The alarm, if CloudWatch has it and it is on one metric."""

STATISTICS = ("Average", "Sum", "SampleCount", "Maximum", "Minimum")
_SHORTEST_PERIOD_S = 60


def read_alarm(identifier: AlarmIdentifier, find_alarm: FindAlarm) -> Alarm:
    """Raises CallRefused for an alarm that no health check can follow."""
    alarm = find_alarm(identifier)
    if alarm is None:
        raise _refuse(identifier, "does not exist, or is not on a single metric")
    if alarm.period_s < _SHORTEST_PERIOD_S:
        raise _refuse(identifier, f"has a period below {_SHORTEST_PERIOD_S} seconds")
    if alarm.datapoints_to_alarm != alarm.evaluation_periods:
        raise _refuse(identifier, "is on M of N datapoints")
    if alarm.statistic not in STATISTICS:
        raise _refuse(identifier, f"is on the statistic {alarm.statistic}")
    return alarm


def alarm_document(alarm: Alarm) -> Result:
    """CloudWatchAlarmConfiguration."""
    return {
        "EvaluationPeriods": alarm.evaluation_periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": str(alarm.comparison),
        "Period": int(alarm.period_s),
        "MetricName": alarm.metric.name,
        "Namespace": alarm.metric.namespace,
        "Statistic": alarm.statistic,
        "Dimensions": [{"Name": name, "Value": value} for name, value in alarm.metric.dimensions],
    }


def _refuse(identifier: AlarmIdentifier, problem: str) -> CallRefused:
    return invalid(f"The alarm {identifier.name} in {identifier.region} {problem}.")
