"""Evaluates alarms when it is their time, on what CloudWatch's store has by then.

A period of an alarm lasts as long as its datapoints take, and its evaluations are as far apart: the
twin's speed divides all of them. Which state follows from the datapoints, and how often that is
asked, is twin.core.alarms' to say. Actions are never carried out.
"""

import json
import logging
import math
from collections.abc import Callable, Iterable
from typing import Protocol

from common.clock import Clock
from twin.core.alarms import Alarm, AlarmEvaluation, evaluate_alarm
from twin.core.metrics import MetricStore, merge_statistics, statistic_value

log = logging.getLogger(__name__)

GRACE_S = 1.5
"""How long after a step's end its last values may come in: the collector asks each second."""
LOOK_EVERY_S = 0.25


class AlarmStore(Protocol):
    """Alarms and their states."""

    def evaluable_alarms(self) -> Iterable[tuple[str, Alarm]]:
        """(Region, alarm) pairs."""
        ...

    def record_evaluation(
        self, region: str, name: str, evaluation: AlarmEvaluation, reason_data: str
    ) -> None:
        """Set an alarm's state."""
        ...


class AlarmEvaluator:
    """Knows which alarm is due."""

    def __init__(
        self,
        alarms: AlarmStore,
        metrics: Callable[[str], MetricStore],
        clock: Clock,
        speed: float,
    ) -> None:
        """`metrics`: the store of a Region; `speed` is the twin's."""
        self._alarms = alarms
        self._metrics = metrics
        self._clock = clock
        self._speed = speed
        self._done: dict[tuple[str, Alarm], int] = {}
        """Number of the last step that an alarm was evaluated for, as it is configured now."""

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Evaluate the alarms that have a step more since the last look."""
        now = self._clock.now()
        due: dict[tuple[str, Alarm], int] = {}
        for region, alarm in self._alarms.evaluable_alarms():
            step_s = alarm.evaluation_interval_s / self._speed
            # A slot of the store is filled until the collector has come by once more.
            over = math.floor((now - min(GRACE_S, step_s)) / step_s)
            due[region, alarm] = over
            if self._done.get((region, alarm)) != over:
                self._evaluate(region, alarm, over)
        self._done = due

    def _evaluate(self, region: str, alarm: Alarm, over: int) -> None:
        recent = self._recent(region, alarm, over)
        verdict = evaluate_alarm(alarm, recent)
        if verdict is None:
            return
        log.debug("alarm %s in %s: %s", alarm.name, region, verdict.reason)
        self._alarms.record_evaluation(region, alarm.name, verdict, _reason_data(alarm, verdict))

    def _recent(self, region: str, alarm: Alarm, over: int) -> list[float | None]:
        """The datapoints of the alarm's range, oldest first; the newest ends with this step."""
        interval_s = alarm.evaluation_interval_s
        step_s, steps = interval_s / self._speed, round(alarm.period_s / interval_s)
        first = over - alarm.evaluation_range * steps
        points = self._metrics(region).datapoints(
            alarm.metric,
            start_s=(first + 0.5) * step_s,
            end_s=over * step_s,
            period_s=step_s,
        )
        found = {round(at / step_s): statistics for at, statistics in points.items()}
        periods = (
            merge_statistics(found[step] for step in range(begin, begin + steps) if step in found)
            for begin in range(first, over, steps)
        )
        return [
            None if whole is None else statistic_value(whole, alarm.statistic) for whole in periods
        ]


def _reason_data(alarm: Alarm, verdict: AlarmEvaluation) -> str:
    """StateReasonData, with what of AWS's the twin knows."""
    return json.dumps(
        {
            "version": "1.0",
            "statistic": alarm.statistic,
            "period": int(alarm.period_s),
            "recentDatapoints": list(reversed(verdict.datapoints)),
            "threshold": alarm.threshold,
        }
    )
