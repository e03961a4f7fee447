"""Tables with point-in-time recovery, as a part of the fake AWS: enough for a restore."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.clocks import ManualClock
from tests.unit.muster.fake_aws import FakeCall, FakeFailure, Item
from tests.unit.muster.sample_stack import ACCOUNT

LATEST_DELAY_S = 300.0
Items = dict[str, Item]


@dataclass
class FakeTables:
    """One Region's tables, keyed by `item_id`; the history of the live ones is given."""

    clock: ManualClock
    tables: dict[str, Items]
    histories: dict[str, list[tuple[float, Items]]] = field(default_factory=dict)
    """Table -> its items from a time on, the earliest first."""
    sources: dict[str, str] = field(default_factory=dict)
    """Restored table -> its source."""
    replicas: list[dict[str, str]] = field(default_factory=list)

    def answer(self, call: FakeCall) -> dict[str, Any] | None:
        """None for a table that is not here."""
        handlers: dict[str, Callable[[FakeCall], dict[str, Any] | None]] = {
            "DescribeTable": self._describe,
            "DescribeContinuousBackups": self._backups,
            "DescribeTimeToLive": self._time_to_live,
            "RestoreTableToPointInTime": self._restore,
            "Scan": self._scan,
            "DeleteTable": self._delete_table,
        }
        of_items = {"GetItem": self._get, "PutItem": self._put, "DeleteItem": self._delete}
        if call.given.get("TableName") in self.tables:
            handlers |= of_items
        return (handlers[call.operation](call) or {}) if call.operation in handlers else None

    def _describe(self, call: FakeCall) -> dict[str, Any]:
        name = call.given["TableName"]
        if name not in self.tables:
            raise FakeFailure("ResourceNotFoundException")
        arn = f"arn:aws:dynamodb:{call.region}:{ACCOUNT}:table/{self.sources.get(name, '')}"
        summary = {
            "SourceTableArn": arn,
            "RestoreDateTime": datetime.fromtimestamp(0, UTC),
            "RestoreInProgress": False,
        }
        return {
            "Table": {
                "TableStatus": "ACTIVE",
                "KeySchema": [{"AttributeName": "item_id", "KeyType": "HASH"}],
                "ItemCount": len(self.tables[name]),
                "TableSizeBytes": 100,
                "Replicas": [] if name in self.sources else self.replicas,
                **({"RestoreSummary": summary} if name in self.sources else {}),
            }
        }

    def _backups(self, call: FakeCall) -> dict[str, Any]:
        history = self.histories.get(call.given["TableName"])
        if not history:
            return {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}}
        latest_s = self.clock.now() - LATEST_DELAY_S
        window = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "EarliestRestorableDateTime": datetime.fromtimestamp(history[0][0], UTC),
            "LatestRestorableDateTime": datetime.fromtimestamp(latest_s, UTC),
        }
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": window,
            }
        }

    def _time_to_live(self, call: FakeCall) -> dict[str, Any]:
        assert call.given["TableName"] not in self.sources
        described = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
        return {"TimeToLiveDescription": described}

    def _restore(self, call: FakeCall) -> None:
        source, target = call.given["SourceTableName"], call.given["TargetTableName"]
        at_s = call.given["RestoreDateTime"].timestamp()
        items = [held for since_s, held in self.histories[source] if since_s <= at_s]
        self.tables[target] = dict(items[-1])
        self.sources[target] = source

    def _scan(self, call: FakeCall) -> dict[str, Any]:
        """One item a page, so that pages matter."""
        items = self.tables[call.given["TableName"]]
        after = call.given.get("ExclusiveStartKey", {}).get("item_id", {}).get("S", "")
        keys = [key for key in sorted(items) if key > after]
        more = {"LastEvaluatedKey": {"item_id": {"S": keys[0]}}} if keys[1:] else {}
        return {
            "Items": [items[key] for key in keys[:1]],
            "ConsumedCapacity": {"CapacityUnits": 0.5},
            **more,
        }

    def _get(self, call: FakeCall) -> dict[str, Any]:
        item = self.tables[call.given["TableName"]].get(call.given["Key"]["item_id"]["S"])
        return {"Item": item} if item else {}

    def _put(self, call: FakeCall) -> dict[str, Any]:
        item = call.given["Item"]
        self.tables[call.given["TableName"]][item["item_id"]["S"]] = item
        return {"ConsumedCapacity": {"CapacityUnits": 1.0}}

    def _delete(self, call: FakeCall) -> dict[str, Any]:
        self.tables[call.given["TableName"]].pop(call.given["Key"]["item_id"]["S"], None)
        return {"ConsumedCapacity": {"CapacityUnits": 1.0}}

    def _delete_table(self, call: FakeCall) -> None:
        del self.tables[call.given["TableName"]]
