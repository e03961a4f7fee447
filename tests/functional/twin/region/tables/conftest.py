"""Regions as real processes that end with the test."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from common.clock import SystemClock
from tests.instances import claim_instance
from tests.waiting import eventually
from twin import codec
from twin.core.faults import Fault, FaultKind, Faults
from twin.faults.store import update_faults
from twin.internal_api.schemas import MetricsReport, RegionStatus
from twin.runtime.instance import Instance, internal_url
from twin.settings import TwinSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).resolve().parents[5]
INSTANCE = claim_instance()
ONE_TRY = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
HOME, PEER, THIRD = "eu-central-1", "us-west-2", "ap-south-1"


class RegionProcesses:
    """Some Regions of one twin, without gateway and control."""

    def __init__(self, home: Path) -> None:
        self.instance = Instance(home, INSTANCE)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def configure(self, settings: TwinSettings) -> None:
        self.instance.settings_path.parent.mkdir(parents=True, exist_ok=True)
        self.instance.settings_path.write_text(codec.dumps(settings))

    def start(self, *regions: str) -> None:
        environ = os.environ | {
            "TWIN_HOME": str(self.instance.home),
            "TWIN_INSTANCE": str(INSTANCE),
            "TWIN_LEASH": str(os.getpid()),
        }
        for region in regions:
            self._processes[region] = subprocess.Popen(
                [
                    sys.executable,
                    "-W",
                    "ignore",
                    "-m",
                    "tests.functional.twin.region.tables.serve_tables",
                    region,
                ],
                cwd=ROOT,
                env=environ,
            )
        for region in regions:
            eventually(partial(self.status, region), within_s=20.0)

    def kill(self, region: str) -> None:
        process = self._processes.pop(region)
        process.kill()
        process.wait()

    def stop(self, region: str) -> None:
        process = self._processes.pop(region)
        process.terminate()
        assert process.wait(10) == 0

    def freeze(self, region: str) -> None:
        self._processes[region].send_signal(signal.SIGSTOP)

    def thaw(self, region: str) -> None:
        self._processes[region].send_signal(signal.SIGCONT)

    def pid(self, region: str) -> int:
        return self._processes[region].pid

    def kill_all(self) -> None:
        for region in list(self._processes):
            self.thaw(region)
            self.kill(region)

    def endpoint(self, region: str) -> str:
        return internal_url(self.instance.region_address(region))

    def status(self, region: str) -> RegionStatus:
        return codec.loads(RegionStatus, self.call(region, "GET", "/_twin/status"))

    def begin_fault(
        self, kind: FaultKind, region: str, for_s: float | None = None, delay_ms: float = 0
    ) -> None:
        """Begin a fault of a Region, and wait until all Regions have applied it."""
        now = SystemClock().now()
        fault = Fault(
            kind=kind,
            role=f"region/{region}",
            region=region,
            since_s=now,
            until_s=None if for_s is None else now + for_s,
            delay_ms=delay_ms,
        )
        self._update_faults(lambda faults: faults.with_fault(fault))

    def end_faults(self, region: str) -> None:
        self._update_faults(
            lambda faults: faults.without_kinds(f"region/{region}", frozenset(FaultKind))
        )

    def _update_faults(self, change: Callable[[Faults], Faults]) -> None:
        update_faults(self.instance, change)
        for region in self._processes:
            self.call(region, "POST", "/_twin/faults")

    def pause(self, region: str) -> None:
        self.begin_fault(FaultKind.PAUSE, region)

    def resume(self, region: str) -> None:
        self.end_faults(region)

    def metrics(self, region: str) -> MetricsReport:
        return codec.loads(MetricsReport, self.call(region, "POST", "/_twin/metrics"))

    def call(self, region: str, method: str, path: str) -> bytes:
        with closing(
            HTTPConnection(*self.instance.region_address(region), timeout=5)
        ) as connection:
            connection.request(method, path)
            answer = connection.getresponse()
            assert answer.status in (200, 204)
            return answer.read()

    def client(self, region: str) -> "DynamoDBClient":
        return boto3.client(
            "dynamodb",
            endpoint_url=self.endpoint(region),
            region_name=region,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=ONE_TRY,
        )

    def streams(self, region: str) -> Any:  # noqa: ANN401 - its stubs are not installed
        return boto3.client(
            "dynamodbstreams",
            endpoint_url=self.endpoint(region),
            region_name=region,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=ONE_TRY,
        )

    def pending(self, region: str) -> int:
        return sum(peer.pending for peer in self.status(region).peers)

    def settle(self, *regions: str, within_s: float = 10.0) -> None:
        """Wait until the outboxes of these Regions are empty."""
        eventually(lambda: all(self.pending(r) == 0 for r in regions), within_s=within_s)

    def create_table(self, *replicas: str, name: str = "items") -> "DynamoDBClient":
        """Create a table at HOME, with replicas; HOME's client."""
        home = self.client(HOME)
        home.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        for region in replicas:
            self.add_replica(region, name=name)
        return home

    def add_replica(self, region: str, *, name: str = "items", at: str = HOME) -> None:
        client = self.client(at)
        client.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}])
        eventually(lambda: self.replicas(name, at).get(region) == "ACTIVE", within_s=15.0)

    def replicas(self, name: str = "items", at: str = HOME) -> dict[str, str]:
        table = self.client(at).describe_table(TableName=name)["Table"]
        return {r["RegionName"]: r["ReplicaStatus"] for r in table.get("Replicas", [])}


@pytest.fixture
def regions(tmp_path: Path) -> Iterator[RegionProcesses]:
    regions = RegionProcesses(tmp_path / "twin")
    regions.configure(TwinSettings(speed=10.0))
    yield regions
    regions.kill_all()
