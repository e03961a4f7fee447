"""A global table with point-in-time recovery, in two Regions of a twin 300 times as fast as AWS.

What can be restored is then a second behind, in place of five minutes.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from common.clock import SystemClock
from muster.aws.clients import AwsClients
from muster.restore.journal import RestoreOpened, create_journal
from muster.restore.steps import StepTools
from muster.restore.tables import RestoreTables
from muster.retry import RetryPolicy
from tests.functional.twin.region.tables.conftest import HOME, PEER, RegionProcesses
from tests.waiting import eventually
from twin.settings import TwinSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SPEED = 300.0
NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class RestoreSystem:
    """Two Regions, and how to restore in the first one."""

    regions: RegionProcesses
    runs: Path
    table: str

    @property
    def home(self) -> "DynamoDBClient":
        return self.regions.client(HOME)

    def tables(self) -> RestoreTables:
        clients = AwsClients(endpoint_url=self.regions.endpoint(HOME), timeout_s=20.0)
        return RestoreTables(clients, HOME, RetryPolicy(SystemClock(), random.Random(), print))

    def put(self, key: str, **attributes: str) -> None:
        item = {"id": {"S": key}, **{name: {"S": text} for name, text in attributes.items()}}
        self.home.put_item(TableName=self.table, Item=item)

    def delete(self, key: str) -> None:
        self.home.delete_item(TableName=self.table, Key={"id": {"S": key}})

    def mark(self) -> float:
        """A whole second after all writes so far and before all later ones."""
        moment = float(int(SystemClock().now()) + 1)
        eventually(lambda: SystemClock().now() > moment)
        return moment

    def begin(self, before_s: float, after_s: float | None) -> StepTools:
        """A new restore, once its times can be restored."""
        last_s = before_s if after_s is None else after_s
        eventually(lambda: self.latest_s() >= last_s)
        opened = RestoreOpened(
            name="one",
            table=self.table,
            region=HOME,
            account="123456789012",
            before_s=before_s,
            after_s=after_s,
            key_names=("id",),
            by="me",
        )
        journal = create_journal(self.runs, opened, SystemClock())
        return StepTools(
            tables=self.tables(), journal=journal, clock=SystemClock(), notify=lambda _line: None
        )

    def latest_s(self) -> float:
        answer = self.home.describe_continuous_backups(TableName=self.table)
        recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        return recovery["LatestRestorableDateTime"].timestamp()

    def names(self, region: str) -> dict[str, str]:
        """The attribute `name` of each item."""
        items = self.regions.client(region).scan(TableName=self.table, ConsistentRead=True)["Items"]
        return {item["id"]["S"]: item["name"]["S"] for item in items}


@pytest.fixture(scope="package")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegionProcesses]:
    regions = RegionProcesses(tmp_path_factory.mktemp("restore") / "twin")
    regions.configure(TwinSettings(speed=SPEED))
    try:
        regions.start(HOME, PEER)
        yield regions
    finally:
        regions.kill_all()


@pytest.fixture
def system(regions: RegionProcesses, tmp_path: Path) -> RestoreSystem:
    """A table of its own for each test."""
    table = f"items{next(NUMBERS)}"
    regions.create_table(PEER, name=table)
    regions.client(HOME).update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return RestoreSystem(regions, tmp_path / "runs", table)
