"""Follows what CloudWatch says of the metrics of CLOUDWATCH_METRIC health checks.

CloudWatch is a part of control in the twin. While control does not answer, the last states hold for
a minute of the service, as a metric's last value does; then the data are insufficient.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
"""

from collections.abc import Callable, Iterable, Mapping

import aiohttp

from common.clock import Clock
from twin import codec
from twin.core.cloudwatch.alarms import AlarmState
from twin.core.health_checks.verdicts import judge_metric
from twin.errors import CodecError
from twin.internal_api.connector import own_user_connector
from twin.internal_api.schemas import MetricCheckStates
from twin.runtime.instance import Instance, internal_url
from twin.topology.route53 import HealthCheck

POLL_S = 1.0
HELD_S = 60.0
"""Before the twin's speed divides it."""
_TIMEOUT = aiohttp.ClientTimeout(total=2.0)


class MetricVerdicts:
    """The verdicts on CLOUDWATCH_METRIC checks, and the last one of each that had data."""

    def __init__(self, clock: Clock, held_s: float) -> None:
        self._clock = clock
        self._held_s = held_s
        self._states: Mapping[str, str] = {}
        self._read_at = clock.monotonic()
        self._last_known: dict[str, bool] = {}

    def judge(
        self, checks: Iterable[HealthCheck], states: Mapping[str, str] | None
    ) -> dict[str, bool]:
        """Verdict of each of the checks; `states`: None while CloudWatch does not answer."""
        if states is not None:
            self._states, self._read_at = states, self._clock.monotonic()
        elif self._clock.monotonic() - self._read_at > self._held_s:
            self._states = {}
        verdicts = {}
        for check in checks:
            state = AlarmState(self._states.get(check.id, AlarmState.INSUFFICIENT_DATA))
            verdict = judge_metric(
                state,
                check.insufficient_data_status,
                last_known=self._last_known.get(check.id, True),
            )
            if state is not AlarmState.INSUFFICIENT_DATA:
                self._last_known[check.id] = verdict
            verdicts[check.id] = verdict
        self._last_known = {id_: v for id_, v in self._last_known.items() if id_ in verdicts}
        return verdicts


async def watch_metrics(
    instance: Instance,
    clock: Clock,
    verdicts: MetricVerdicts,
    checks: Callable[[], tuple[HealthCheck, ...]],
    apply: Callable[[dict[str, bool]], None],
) -> None:
    """Call `apply` with the verdicts on `checks`, the CLOUDWATCH_METRIC ones, for ever."""
    url = internal_url(instance.control_address, "/_twin/metric_checks")
    async with aiohttp.ClientSession(connector=own_user_connector(), timeout=_TIMEOUT) as session:
        while True:
            if followed := checks():
                apply(verdicts.judge(followed, await _fetch(session, url)))
            await clock.sleep(POLL_S)


async def _fetch(session: aiohttp.ClientSession, url: str) -> Mapping[str, str] | None:
    try:
        async with session.get(url) as response:
            response.raise_for_status()
            return codec.loads(MetricCheckStates, await response.read()).states
    except (aiohttp.ClientError, TimeoutError, OSError, CodecError):
        return None
