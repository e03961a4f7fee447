"""moto, made repeatable and corrected: what control needs of it, behind one class.

One in a process, since moto itself is one in a process.
"""

import logging
import os
from collections.abc import Callable, Iterator

from common.clock import Clock
from twin.core.alarms import Alarm, AlarmEvaluation
from twin.core.metrics import MetricStore
from twin.internal_api.schemas import TargetHealth
from twin.moto.aws_call import AwsCall, AwsResponse
from twin.topology.model import RegionTopology

log = logging.getLogger(__name__)

# moto reads these when it is imported or called.
_ENVIRONMENT = {
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    "MOTO_LAMBDA_CONCURRENCY_QUOTA": "1000",
    "MOTO_ACM_VALIDATION_WAIT": "0",  # a certificate is issued at once, no DNS is looked at
    "MOTO_DISABLE_GLOBAL_CORS": "true",
}


class MotoServices:
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
        from twin.moto import server  # noqa: PLC0415
        from twin.moto.patches.accounts import patch_account_settings, patch_caller_identity  # noqa: PLC0415
        from twin.moto.patches.cloudwatch import MetricStores, patch_metrics  # noqa: PLC0415
        from twin.moto.patches.cloudwatch_alarms import MotoAlarms, patch_alarms  # noqa: PLC0415
        from twin.moto.patches.determinism import Determinism  # noqa: PLC0415
        from twin.moto.patches.elbv2 import patch_elbv2  # noqa: PLC0415
        from twin.moto.patches.lambda_ import patch_lambda  # noqa: PLC0415
        from twin.moto.patches.targets import TargetHealthReports, patch_targets  # noqa: PLC0415

        self._account = account
        self._repeatable = Determinism(clock, born)
        self._repeatable.install()
        self._reports = TargetHealthReports()
        patch_lambda()
        patch_caller_identity()
        patch_account_settings()
        patch_elbv2(addresses)
        patch_targets(self._reports)
        self._stores = MetricStores(speed)
        patch_metrics(self._stores)
        patch_alarms()
        self._alarms = MotoAlarms(account)
        self._server = server.MotoServer()

    def read(self, call: AwsCall) -> AwsResponse:
        """Answer a call that changes nothing that has to be remembered."""
        return self._server.handle(call)

    def change(self, call: AwsCall, number: int, at: float) -> AwsResponse:
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

    def judged(self, region: str, name: str, verdict: AlarmEvaluation, reason_data: str) -> None:
        """Give an alarm the state that its evaluation found."""
        self._alarms.judged(region, name, verdict, reason_data)

    def regions(self) -> dict[str, RegionTopology]:
        """What each Region has to serve."""
        from twin.moto.topology_reader import read_region_topologies  # noqa: PLC0415

        return read_region_topologies(self._account)

    def codes(self) -> dict[str, bytes]:
        """The zips of all function versions, by hexadecimal SHA-256."""
        from twin.moto.topology_reader import read_code_archives  # noqa: PLC0415

        return read_code_archives(self._account)
