"""Replicas: one change at a time, each setting in its own Region."""

import pytest

from tests.unit.twin.provider.fakes import HOME, FakeAws, Program, refuse
from twin.provider.errors import PartialFailure
from twin.provider.values import Properties

TOKEN = "aws:dynamodb/table:Table"


class FakeTables(FakeAws):
    """A table, and what each Region has of it."""

    def __init__(self) -> None:
        super().__init__()
        self.exists = False
        self.replicas: dict[str, str] = {}
        """Region -> status."""
        self.recovery: dict[str, bool] = {}
        self.protection: dict[str, bool] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.most_at_once = 0
        self.handlers = {
            "CreateTable": self._create,
            "DescribeTable": self._describe,
            "UpdateTable": self._update,
            "DeleteTable": self._delete,
            "UpdateContinuousBackups": self._backups,
            "DescribeContinuousBackups": self._described_backups,
            "DescribeTimeToLive": lambda *_: {},
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsOfResource": lambda region, _: {
                "Tags": [{"Key": k, "Value": v} for k, v in self.tags.get(region, {}).items()]
            },
        }

    def _create(self, region: str, params: Properties) -> Properties:
        self.exists = True
        self.tags[region] = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
        return {"TableDescription": self._table(region)}

    def _describe(self, region: str, params: Properties) -> Properties:
        if not self.exists:
            refuse("ResourceNotFoundException")(region, params)
        answer = {"Table": self._table(region)}
        self.replicas = {
            name: "ACTIVE"
            for name, status in self.replicas.items()
            if status in ("ACTIVE", "CREATING", "UPDATING")
        }
        return answer

    def _table(self, region: str) -> Properties:
        busy = any(status != "ACTIVE" for status in self.replicas.values())
        return {
            "TableName": "items",
            "TableArn": f"arn:aws:dynamodb:{region}:123456789012:table/items",
            "TableStatus": "UPDATING" if busy else "ACTIVE",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "DeletionProtectionEnabled": self.protection.get(region, False),
            "LatestStreamArn": f"stream:{region}",
            "Replicas": [
                {"RegionName": name, "ReplicaStatus": status}
                for name, status in self.replicas.items()
            ],
        }

    def _update(self, region: str, params: Properties) -> Properties:
        if "DeletionProtectionEnabled" in params:
            self.protection[region] = params["DeletionProtectionEnabled"]
        for update in params.get("ReplicaUpdates", []):
            assert region == HOME
            if "Create" in update:
                self.replicas[update["Create"]["RegionName"]] = "CREATING"
            else:
                self.replicas[update["Delete"]["RegionName"]] = "DELETING"
        changing = [status for status in self.replicas.values() if status != "ACTIVE"]
        self.most_at_once = max(self.most_at_once, len(changing))
        return {}

    def _delete(self, _: str, __: Properties) -> Properties:
        assert self.replicas == {}
        self.exists = False
        return {}

    def _backups(self, region: str, params: Properties) -> Properties:
        wanted = params["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        self.recovery[region] = wanted
        return {}

    def _described_backups(self, region: str, _: Properties) -> Properties:
        status = "ENABLED" if self.recovery.get(region) else "DISABLED"
        recovery = {"PointInTimeRecoveryStatus": status}
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": recovery}}

    def _tag(self, region: str, params: Properties) -> Properties:
        assert f":{region}:" in params["ResourceArn"]
        self.tags.setdefault(region, {}).update({t["Key"]: t["Value"] for t in params["Tags"]})
        return {}

    def _untag(self, region: str, params: Properties) -> Properties:
        assert f":{region}:" in params["ResourceArn"]
        for key in params["TagKeys"]:
            self.tags[region].pop(key, None)
        return {}


def table(*replicas: Properties, **args: object) -> Properties:
    return {
        "name": "items",
        "hashKey": "id",
        "attributes": [{"name": "id", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        "replicas": list(replicas),
        **args,
    }


def replica(region: str, **settings: object) -> Properties:
    return {"regionName": region, **settings}


def program(aws: FakeTables) -> Program:
    return Program(aws, TOKEN, default_tags={"project": "muster"})


def test_replicas_are_added_one_after_the_other() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    aws = FakeTables()

    program(aws).up(table(replica("us-west-2"), replica("us-east-1")))

    assert set(aws.replicas) == {"us-west-2", "us-east-1"}
    assert aws.most_at_once == 1


def test_a_replica_s_settings_are_set_in_its_own_region() -> None:
    aws = FakeTables()
    one = program(aws)

    one.up(
        table(
            replica(
                "us-west-2",
                pointInTimeRecovery=True,
                deletionProtectionEnabled=True,
                propagateTags=True,
            ),
            tags={"a": "b"},
        )
    )

    assert aws.recovery == {"us-west-2": True}
    assert aws.protection == {"us-west-2": True}
    assert aws.tags["us-west-2"] == {"a": "b", "project": "muster"}
    recorded = one.state["replicas"][0]
    assert recorded["arn"] == "arn:aws:dynamodb:us-west-2:123456789012:table/items"
    assert recorded["streamArn"] == "stream:us-west-2"


def test_outputs_of_a_replica_are_no_difference() -> None:
    aws = FakeTables()
    one = program(aws)
    args = table(replica("us-west-2", pointInTimeRecovery=True, propagateTags=True))
    one.up(args)

    assert one.up(args) == []
    assert one.refresh()
    assert one.up(args) == []
    assert "arn" not in one.inputs["replicas"][0]


def test_a_region_is_added_and_removed() -> None:
    aws = FakeTables()
    one = program(aws)
    one.up(table(replica("us-west-2")))

    one.up(table(replica("us-west-2"), replica("us-east-1")))
    assert set(aws.replicas) == {"us-west-2", "us-east-1"}

    one.up(table(replica("us-east-1")))
    assert set(aws.replicas) == {"us-east-1"}

    one.up(table())
    assert aws.replicas == {}


def test_a_setting_that_changes_leaves_the_replica_in_place() -> None:
    aws = FakeTables()
    one = program(aws)
    one.up(table(replica("us-west-2", pointInTimeRecovery=True, deletionProtectionEnabled=True)))
    aws.calls.clear()

    one.up(table(replica("us-west-2", pointInTimeRecovery=True, deletionProtectionEnabled=False)))

    assert aws.recovery == {"us-west-2": True}
    assert aws.protection == {"us-west-2": False}
    assert not any("ReplicaUpdates" in params for params in aws.calls_of("UpdateTable"))


def test_of_two_changed_settings_the_second_one_needs_another_update() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table.go"""
    aws = FakeTables()
    one = program(aws)
    one.up(table(replica("us-west-2", pointInTimeRecovery=True, deletionProtectionEnabled=True)))
    args = table(replica("us-west-2", deletionProtectionEnabled=False))

    one.up(args)
    first = (aws.recovery["us-west-2"], aws.protection["us-west-2"])
    one.up(args)
    second = (aws.recovery["us-west-2"], aws.protection["us-west-2"])

    assert (first, second) == ((False, True), (False, False))
    assert one.up(args) == []


def test_tags_are_propagated_to_the_declared_replicas() -> None:
    aws = FakeTables()
    one = program(aws)
    replicas = (replica("us-west-2", propagateTags=True), replica("us-east-1"))
    one.up(table(*replicas, tags={"a": "1", "b": "1"}))

    one.up(table(*replicas, tags={"a": "2"}))

    assert aws.tags[HOME] == {"a": "2", "project": "muster"}
    assert aws.tags["us-west-2"] == {"a": "2", "project": "muster"}
    assert "us-east-1" not in aws.tags


def test_a_replica_removed_by_hand_is_added_again() -> None:
    aws = FakeTables()
    one = program(aws)
    args = table(replica("us-west-2", pointInTimeRecovery=True))
    one.up(args)
    aws.replicas.clear()
    aws.recovery.clear()

    assert one.refresh()
    assert one.inputs.get("replicas") is None
    assert one.up(args) != []

    assert set(aws.replicas) == {"us-west-2"}
    assert aws.recovery == {"us-west-2": True}


def test_a_table_is_deleted_after_its_replicas() -> None:
    aws = FakeTables()
    one = program(aws)
    one.up(table(replica("us-west-2"), replica("us-east-1")))

    one.destroy()

    assert not aws.exists


def test_a_missing_replica_does_not_stop_the_deletion() -> None:
    aws = FakeTables()
    one = program(aws)
    one.up(table(replica("us-west-2")))
    aws.replicas.clear()
    aws.handlers["UpdateTable"] = refuse("ReplicaNotFoundException")

    one.destroy()

    assert not aws.exists


def test_the_next_up_adds_a_replica_that_failed() -> None:
    aws = FakeTables()
    one = program(aws)
    args = table(replica("us-west-2"))
    works = aws.handlers["UpdateTable"]
    aws.handlers["UpdateTable"] = refuse("InternalServerError", "the Region is away")

    with pytest.raises(PartialFailure, match="the Region is away") as partly:
        one.up(args)
    one.id, one.state, one.inputs = partly.value.id, partly.value.state, partly.value.inputs
    aws.handlers["UpdateTable"] = works

    assert one.up(args) == ["replicas[0]"]
    assert set(aws.replicas) == {"us-west-2"}


def test_strong_replicas_and_their_witness_are_made_in_one_call() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    aws = FakeTables()

    program(aws).up(
        table(
            replica("us-west-2", consistencyMode="STRONG"),
            globalTableWitness={"regionName": "us-east-1"},
        )
    )

    made = aws.calls_of("UpdateTable")[0]
    assert made["MultiRegionConsistency"] == "STRONG"
    assert made["ReplicaUpdates"] == [{"Create": {"RegionName": "us-west-2"}}]
    assert made["GlobalTableWitnessUpdates"] == [{"Create": {"RegionName": "us-east-1"}}]
