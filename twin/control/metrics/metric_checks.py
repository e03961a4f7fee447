"""What CloudWatch knows of the metrics that CLOUDWATCH_METRIC health checks follow.

Route 53 follows an alarm's metric, not its state: SetAlarmState changes nothing, and a changed
alarm counts once the health check has been updated. Of the alarm it takes metric, statistic,
period, threshold and number of periods, so that all of them must be breaching, and missing data are
missing data:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
https://docs.aws.amazon.com/Route53/latest/APIReference/API_CloudWatchAlarmConfiguration.html

A start of control reads all alarms anew.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from twin.control.metrics.alarm_evaluator import AlarmStore
from twin.core.cloudwatch.alarms import Alarm, AlarmEvaluation, AlarmState, MissingData
from twin.topology.route53 import HealthCheck


class MetricChecks:
    """An AlarmStore: the metrics of health checks as alarms that have the checks' ids as names."""

    def __init__(
        self, alarms: AlarmStore, health_checks: Callable[[], Iterable[HealthCheck]]
    ) -> None:
        self._alarms = alarms
        self._health_checks = health_checks
        self._taken: dict[tuple[str, int], Alarm] = {}
        """(Health check, its version) -> its alarm when that version was first seen."""
        self._states: dict[str, AlarmState] = {}

    def evaluable_alarms(self) -> Iterator[tuple[str, Alarm]]:
        """(Region, alarm) of each check whose alarm existed when it was written."""
        checks = [c for c in self._health_checks() if c.alarm is not None and not c.disabled]
        if not checks:
            return
        stored = {(region, alarm.name): alarm for region, alarm in self._alarms.evaluable_alarms()}
        taken = {}
        for check in checks:
            key = (check.id, check.version)
            if check.alarm is not None:
                place = (check.alarm.region, check.alarm.name)
                alarm = self._taken.get(key) or stored.get(place)
                if alarm is not None:
                    taken[key] = alarm
                    yield check.alarm.region, _as_health_checks_read_it(alarm, check.id)
        self._taken = taken

    def record_evaluation(
        self, region: str, name: str, evaluation: AlarmEvaluation, reason_data: str
    ) -> None:
        """Keep the state for the health check with this id."""
        self._states[name] = evaluation.state

    def states(self) -> dict[str, AlarmState]:
        """State of each CLOUDWATCH_METRIC check's metric, by the check's id."""
        ids = [check.id for check in self._health_checks() if check.alarm is not None]
        self._states = {id_: self._states[id_] for id_ in ids if id_ in self._states}
        return {id_: self._states.get(id_, AlarmState.INSUFFICIENT_DATA) for id_ in ids}


def _as_health_checks_read_it(alarm: Alarm, check_id: str) -> Alarm:
    return replace(
        alarm,
        name=check_id,
        datapoints_to_alarm=alarm.evaluation_periods,
        missing=MissingData.MISSING,
    )
