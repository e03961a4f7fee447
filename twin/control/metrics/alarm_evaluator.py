"""Evaluates CloudWatch alarms when they are due, on the datapoints of the metric stores.

The twin's speed divides an alarm's period and the interval between its evaluations.
twin.core.cloudwatch.alarms decides which state follows from the datapoints. Alarm actions are never
executed.
"""

import json
import logging
import math
from collections.abc import Callable, Iterable
from typing import Protocol

from common.clock import Clock
from twin.core.cloudwatch.alarms import Alarm, AlarmEvaluation, evaluate_alarm
from twin.core.cloudwatch.metrics import MetricStore, merge_statistics, statistic_value

log = logging.getLogger(__name__)

GRACE_S = 1.5
"""Time after an interval's end for its last values to arrive: the collector asks each second."""
POLL_S = 0.25


class AlarmStore(Protocol):
    """CloudWatch's alarms."""

    def evaluable_alarms(self) -> Iterable[tuple[str, Alarm]]:
        """(Region, alarm) pairs."""
        ...

    def record_evaluation(
        self, region: str, name: str, evaluation: AlarmEvaluation, reason_data: str
    ) -> None:
        """Set the state of an alarm."""
        ...


class AlarmEvaluator:
    """Evaluates each alarm at the end of each of its evaluation intervals."""

    def __init__(
        self,
        alarms: AlarmStore,
        metrics: Callable[[str], MetricStore],
        clock: Clock,
        speed: float,
    ) -> None:
        """`metrics` gives a Region's metric store; `speed` is that of the twin's settings."""
        self._alarms = alarms
        self._metrics = metrics
        self._clock = clock
        self._speed = speed
        self._evaluated: dict[tuple[str, Alarm], int] = {}
        """Alarm with its configuration -> the last interval that it was evaluated for."""

    async def run(self) -> None:
        """Evaluate for ever."""
        while True:
            await self._clock.sleep(POLL_S)
            self.evaluate_due_alarms()

    def evaluate_due_alarms(self) -> None:
        """Evaluate the alarms for which an interval has ended since the last call."""
        now = self._clock.now()
        evaluated: dict[tuple[str, Alarm], int] = {}
        for region, alarm in self._alarms.evaluable_alarms():
            interval_s = alarm.evaluation_interval_s / self._speed
            # The last slot of an interval is complete after one more collection.
            end = math.floor((now - min(GRACE_S, interval_s)) / interval_s)
            evaluated[region, alarm] = end
            if self._evaluated.get((region, alarm)) != end:
                self._evaluate(region, alarm, end)
        self._evaluated = evaluated

    def _evaluate(self, region: str, alarm: Alarm, end: int) -> None:
        evaluation = evaluate_alarm(alarm, self._datapoints(region, alarm, end))
        if evaluation is None:
            return
        log.debug("alarm %s in %s: %s", alarm.name, region, evaluation.reason)
        reason_data = _reason_data(alarm, evaluation)
        self._alarms.record_evaluation(region, alarm.name, evaluation, reason_data)

    def _datapoints(self, region: str, alarm: Alarm, end: int) -> list[float | None]:
        """Datapoints of the evaluation range, oldest first; the last period ends at `end`.

        Times are counted in evaluation intervals, of which a period has one or several.
        """
        interval_s = alarm.evaluation_interval_s / self._speed
        per_period = round(alarm.period_s / alarm.evaluation_interval_s)
        first = end - alarm.evaluation_range * per_period
        points = self._metrics(region).datapoints(
            alarm.metric,
            start_s=(first + 0.5) * interval_s,
            end_s=end * interval_s,
            period_s=interval_s,
        )
        by_interval = {round(at / interval_s): statistics for at, statistics in points.items()}
        periods = (
            merge_statistics(
                by_interval[interval]
                for interval in range(start, start + per_period)
                if interval in by_interval
            )
            for start in range(first, end, per_period)
        )
        return [
            None if period is None else statistic_value(period, alarm.statistic)
            for period in periods
        ]


def _reason_data(alarm: Alarm, evaluation: AlarmEvaluation) -> str:
    """StateReasonData, with those of AWS's keys that the twin knows."""
    return json.dumps(
        {
            "version": "1.0",
            "statistic": alarm.statistic,
            "period": int(alarm.period_s),
            "recentDatapoints": list(reversed(evaluation.datapoints)),
            "threshold": alarm.threshold,
        }
    )
