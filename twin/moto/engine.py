"""moto, made repeatable and corrected: what control needs of it, behind one class.

One in a process, since moto itself is one in a process.
"""

import logging
import os
from collections.abc import Callable, Iterator

from twin.clock import Clock
from twin.core.alarms import Alarm, Verdict
from twin.core.metrics import MetricStore
from twin.messages import TargetHealth
from twin.moto.requests import AwsAnswer, AwsCall
from twin.topology import RegionTopology

log = logging.getLogger(__name__)

# moto reads these when it is imported or called.
_ENVIRONMENT = {
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    "MOTO_LAMBDA_CONCURRENCY_QUOTA": "1000",
    "MOTO_ACM_VALIDATION_WAIT": "0",  # a certificate is issued at once, no DNS is looked at
    "MOTO_DISABLE_GLOBAL_CORS": "true",
}


class Engine:
    """The control planes of AWS, without Global Accelerator and DynamoDB."""

    def __init__(
        self,
        *,
        account: str,
        addresses: Callable[[str, int], str],
        clock: Clock,
        born: float,
        speed: float = 1.0,
    ) -> None:
        """Load and correct moto; takes about a second.

        `addresses`: Region and number of a load balancer -> its address. `born`: seconds since
        1970; together with the calls made it decides every id that moto gives out. `speed` divides
        the time between two datapoints of a metric.
        """
        os.environ |= _ENVIRONMENT | {"MOTO_ACCOUNT_ID": account}
        from twin.moto import (  # noqa: PLC0415 - they import moto, which reads the above
            cloudwatch,
            cloudwatch_alarms,
            corrections_elbv2,
            corrections_lambda,
            corrections_sts,
            corrections_targets,
            determinism,
            lambda_account,
            server,
        )

        self._account = account
        self._repeatable = determinism.Repeatable(clock, born)
        self._repeatable.install()
        self._reports = corrections_targets.HealthReports()
        corrections_lambda.apply()
        corrections_sts.apply()
        lambda_account.apply()
        corrections_elbv2.apply(addresses)
        corrections_targets.apply(self._reports)
        self._stores = cloudwatch.MetricStores(speed)
        cloudwatch.apply(self._stores)
        cloudwatch_alarms.apply()
        self._alarms = cloudwatch_alarms.Alarms(account)
        self._server = server.MotoServer()

    def read(self, call: AwsCall) -> AwsAnswer:
        """Answer a call that changes nothing that has to be remembered."""
        return self._server.handle(call)

    def change(self, call: AwsCall, number: int, at: float) -> AwsAnswer:
        """Answer call `number`, made at `at`; the same again after the same calls before it."""
        with self._repeatable.request(number, at):
            return self._server.handle(call)

    def report_targets(self, region: str, targets: tuple[TargetHealth, ...]) -> None:
        """What a Region says of its targets' health; nothing, when it does not answer."""
        self._reports.put(region, targets)

    def metrics(self, region: str) -> MetricStore:
        """The metrics of a Region, to be added to and read."""
        return self._stores.of(region)

    def alarms(self) -> Iterator[tuple[str, Alarm]]:
        """Region and alarm, of all that can be evaluated."""
        return self._alarms.watched()

    def judged(self, region: str, name: str, verdict: Verdict, reason_data: str) -> None:
        """Give an alarm the state that its evaluation found."""
        self._alarms.judged(region, name, verdict, reason_data)

    def regions(self) -> dict[str, RegionTopology]:
        """What each Region has to serve."""
        from twin.moto import topology_source  # noqa: PLC0415 - as above

        return topology_source.regions(self._account)

    def codes(self) -> dict[str, bytes]:
        """The zips of all function versions, by hexadecimal SHA-256."""
        from twin.moto import topology_source  # noqa: PLC0415 - as above

        return topology_source.codes(self._account)
