"""Replicas are added and removed with UpdateTable, as by the Pulumi provider."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.region.tables.conftest import HOME, PEER, THIRD, RegionProcesses
from tests.waiting import eventually

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create(client: "DynamoDBClient", region: str) -> None:
    client.update_table(TableName="items", ReplicaUpdates=[{"Create": {"RegionName": region}}])


def delete(client: "DynamoDBClient", region: str) -> None:
    client.update_table(TableName="items", ReplicaUpdates=[{"Delete": {"RegionName": region}}])


def error_of(call: Any) -> tuple[str, str]:  # noqa: ANN401 - any call
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def items(client: "DynamoDBClient", table: str = "items") -> set[str]:
    return {item["id"]["S"] for item in client.scan(TableName=table)["Items"]}


def test_a_new_replica_has_all_items_and_knows_all_members(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    regions.start(HOME, PEER, THIRD)
    home = regions.create_table()
    for number in range(300):
        home.put_item(TableName="items", Item={"id": {"S": f"{number}"}})
    regions.add_replica(PEER)
    regions.client(PEER).put_item(TableName="items", Item={"id": {"S": "from peer"}})
    regions.add_replica(THIRD, at=PEER)

    eventually(lambda: regions.replicas(at=HOME) == {PEER: "ACTIVE", THIRD: "ACTIVE"})
    assert regions.replicas(at=PEER) == {HOME: "ACTIVE", THIRD: "ACTIVE"}
    eventually(lambda: regions.replicas(at=THIRD) == {HOME: "ACTIVE", PEER: "ACTIVE"})
    regions.settle(HOME, PEER, THIRD)
    expected = {f"{number}" for number in range(300)} | {"from peer"}
    assert items(regions.client(THIRD)) == expected
    assert items(home) == expected
    table = regions.client(THIRD).describe_table(TableName="items")["Table"]
    assert table["GlobalTableVersion"] == "2019.11.21"
    assert table["TableStatus"] == "ACTIVE"
    assert THIRD in table["TableArn"]
    status = regions.status(HOME).tables[0]
    assert (status.items, set(status.replicas)) == (301, {PEER, THIRD})


def test_writes_during_the_backfill_are_not_lost(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER)
    home = regions.create_table()
    for number in range(200):
        home.put_item(TableName="items", Item={"id": {"S": f"{number}"}})
    create(home, PEER)
    for number in range(100, 250):
        home.put_item(TableName="items", Item={"id": {"S": f"{number}"}, "v": {"S": "later"}})
    home.delete_item(TableName="items", Key={"id": {"S": "0"}})

    eventually(lambda: regions.replicas() == {PEER: "ACTIVE"})
    regions.settle(HOME, PEER)
    found = {i["id"]["S"]: i for i in regions.client(PEER).scan(TableName="items")["Items"]}
    assert found.keys() == {f"{number}" for number in range(1, 250)}
    assert all("v" in found[f"{number}"] for number in range(100, 250))


def test_a_replica_without_a_stream_gets_one(regions: RegionProcesses) -> None:
    """Streams are on for every replica and can't be disabled.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.start(HOME, PEER)
    home = regions.client(HOME)
    home.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    regions.add_replica(PEER)

    for region in (HOME, PEER):
        table = regions.client(region).describe_table(TableName="items")["Table"]
        assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    code, message = error_of(
        lambda: home.update_table(TableName="items", StreamSpecification={"StreamEnabled": False})
    )
    assert (code, "Disabling Stream is not allowed" in message) == ("ValidationException", True)


def test_invalid_replica_updates_are_rejected_and_change_nothing(regions: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    regions.start(HOME, PEER, THIRD)
    home = regions.create_table(PEER)
    regions.client(THIRD).create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "other", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "other", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    for region, words in (
        (HOME, "local region"),
        ("us-fake-1", "not supported"),
        (PEER, "already existed as tables"),
        (THIRD, "already existed as tables"),
    ):
        code, message = error_of(lambda region=region: create(home, region))
        assert (code, words in message) == ("ValidationException", True), message
    assert error_of(
        lambda: home.update_table(
            TableName="items",
            MultiRegionConsistency="STRONG",
            ReplicaUpdates=[{"Create": {"RegionName": THIRD}}],
        )
    )[1].startswith(
        "One or more parameter values were invalid: MultiRegionConsistency STRONG is possible for "
        "a table without replicas only"
    )
    assert error_of(lambda: delete(regions.client(PEER), THIRD))[0] == "ValidationException"
    code, _ = error_of(
        lambda: home.update_table(
            TableName="absent", ReplicaUpdates=[{"Create": {"RegionName": PEER}}]
        )
    )
    assert code == "ResourceNotFoundException"
    assert regions.replicas() == {PEER: "ACTIVE"}


def test_a_peer_that_is_down_is_an_error_and_changes_nothing(regions: RegionProcesses) -> None:
    regions.start(HOME)
    home = regions.create_table()

    code, message = error_of(lambda: create(home, PEER))
    assert code == "InternalServerError"
    assert PEER in message
    assert regions.replicas() == {}
    regions.start(PEER)
    regions.add_replica(PEER)
    regions.kill(PEER)
    code, message = error_of(lambda: delete(home, PEER))
    assert code == "InternalServerError"
    assert regions.replicas() == {PEER: "ACTIVE"}


def test_a_creation_that_a_crash_interrupted_is_completed(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER)
    home = regions.create_table()
    for number in range(50):
        home.put_item(TableName="items", Item={"id": {"S": f"{number}"}})
    regions.pause(PEER)
    create(home, PEER)

    assert regions.replicas() == {PEER: "CREATING"}
    there = regions.client(PEER)
    assert there.describe_table(TableName="items")["Table"]["TableStatus"] == "CREATING"
    key = {"id": {"S": "1"}}
    code, _ = error_of(lambda: there.get_item(TableName="items", Key=key))
    assert code == "ResourceNotFoundException"
    assert error_of(lambda: create(home, THIRD))[0] == "ResourceInUseException"
    assert error_of(lambda: home.delete_table(TableName="items"))[0] == "ResourceInUseException"
    regions.kill(HOME)
    regions.kill(PEER)
    regions.start(HOME, PEER)
    regions.resume(PEER)
    eventually(lambda: regions.replicas() == {PEER: "ACTIVE"}, within_s=10.0)
    assert items(there) == {f"{number}" for number in range(50)}


def test_a_frozen_region_drops_a_replica_that_it_created_too_late(regions: RegionProcesses) -> None:
    """The order waits in its socket until the thaw; by then the caller has got an error.

    It does on a connection that is open already: a new one of a caller that has left is refused.
    """
    regions.start(HOME, PEER)
    regions.create_table(name="other")
    regions.add_replica(PEER, name="other")
    home = regions.create_table()
    there = regions.client(PEER)
    home.put_item(TableName="items", Item={"id": {"S": "a"}})
    regions.freeze(PEER)

    assert error_of(lambda: create(home, PEER))[0] == "InternalServerError"
    assert regions.replicas() == {}
    regions.thaw(PEER)
    eventually(lambda: there.list_tables()["TableNames"] == ["items", "other"])

    eventually(lambda: there.list_tables()["TableNames"] == ["other"])
    regions.add_replica(PEER)
    assert items(there) == {"a"}


def test_a_replica_in_creation_can_only_be_described(regions: RegionProcesses) -> None:
    """Not found: "its status might not be ACTIVE". In use: what would change the table.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
    """
    regions.start(HOME, PEER)
    home = regions.create_table()
    there: Any = regions.client(PEER)
    regions.create_table(name="other")
    regions.add_replica(PEER, name="other")
    regions.pause(PEER)
    create(home, PEER)
    arn = there.describe_table(TableName="items")["Table"]["TableArn"]
    item = {"id": {"S": "a"}}
    write = {"PutRequest": {"Item": item}}
    put = {"Put": {"TableName": "items", "Item": item}}
    own = {"Put": {"TableName": "other", "Item": item}}
    statement = {"Statement": "INSERT INTO \"items\" VALUE {'id': 'a'}"}
    not_found: list[Callable[[], object]] = [
        lambda: there.put_item(TableName="items", Item=item),
        lambda: there.get_item(TableName=arn, Key=item),
        lambda: there.query(
            TableName="items",
            KeyConditionExpression="id = :a",
            ExpressionAttributeValues={":a": {"S": "a"}},
        ),
        lambda: there.batch_write_item(RequestItems={"other": [write], "items": [write]}),
        lambda: there.batch_get_item(RequestItems={"items": {"Keys": [item]}}),
        lambda: there.transact_write_items(TransactItems=[own, put]),
        lambda: there.transact_get_items(
            TransactItems=[{"Get": {"TableName": "items", "Key": item}}]
        ),
        lambda: there.execute_statement(**statement),
        lambda: there.execute_transaction(TransactStatements=[statement]),
        lambda: there.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}]),
        lambda: there.update_time_to_live(
            TableName="items", TimeToLiveSpecification={"Enabled": True, "AttributeName": "x"}
        ),
    ]
    in_use: list[Callable[[], object]] = [
        lambda: there.delete_table(TableName="items"),
        lambda: there.update_table(TableName="items", DeletionProtectionEnabled=True),
        lambda: create(there, THIRD),
    ]

    assert [error_of(call)[0] for call in not_found] == ["ResourceNotFoundException"] * 11
    assert [error_of(call)[0] for call in in_use] == ["ResourceInUseException"] * 3
    (answer,) = there.batch_execute_statement(Statements=[statement])["Responses"]
    assert answer["Error"]["Code"] == "ResourceNotFound"
    assert items(there, "other") == set()
    assert set(there.list_tables()["TableNames"]) == {"items", "other"}
    regions.resume(PEER)
    eventually(lambda: regions.replicas() == {PEER: "ACTIVE"}, within_s=10.0)
    assert items(there) == set()


def test_removing_a_replica_deletes_its_table_and_adding_it_again_works(
    regions: RegionProcesses,
) -> None:
    regions.start(HOME, PEER, THIRD)
    home = regions.create_table(PEER, THIRD)
    home.put_item(TableName="items", Item={"id": {"S": "a"}})
    regions.settle(HOME, PEER, THIRD)
    delete(home, PEER)

    assert regions.client(PEER).list_tables()["TableNames"] == []
    assert regions.replicas() == {THIRD: "ACTIVE"}
    eventually(lambda: regions.replicas(at=THIRD) == {HOME: "ACTIVE"})
    regions.add_replica(PEER)
    assert items(regions.client(PEER)) == {"a"}
    eventually(lambda: regions.replicas(at=THIRD) == {HOME: "ACTIVE", PEER: "ACTIVE"})


def test_deletion_protection_is_each_replica_s_own_and_is_honoured(
    regions: RegionProcesses,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    regions.start(HOME, PEER)
    home = regions.create_table(PEER)
    peer = regions.client(PEER)
    peer.update_table(TableName="items", DeletionProtectionEnabled=True)

    for call in (lambda: delete(home, PEER), lambda: peer.delete_table(TableName="items")):
        code, message = error_of(call)
        assert (code, "protected against deletion" in message) == ("ValidationException", True)
    peer.update_table(TableName="items", DeletionProtectionEnabled=False)
    delete(home, PEER)
    assert peer.list_tables()["TableNames"] == []


def test_the_source_region_s_table_outlives_its_replicas(regions: RegionProcesses) -> None:
    """A table used to add a replica can't be deleted for 24 hours, while the replica is there.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.start(HOME, PEER)
    home = regions.create_table(PEER)

    code, message = error_of(lambda: home.delete_table(TableName="items"))
    assert (code, "acted as a source region" in message) == ("ValidationException", True)
    regions.client(PEER).delete_table(TableName="items")
    eventually(lambda: regions.replicas() == {})
    home.delete_table(TableName="items")
    regions.kill(HOME)
    regions.start(HOME)
    assert home.list_tables()["TableNames"] == []


def test_a_new_table_of_the_same_name_does_not_get_the_old_table_s_writes(
    regions: RegionProcesses,
) -> None:
    regions.start(HOME, PEER)
    home = regions.create_table(PEER)
    peer = regions.client(PEER)
    regions.settle(HOME, PEER)
    regions.pause(HOME)
    peer.put_item(TableName="items", Item={"id": {"S": "of the old table"}})
    delete(home, PEER)
    home.delete_table(TableName="items")
    regions.create_table()
    regions.resume(HOME)

    regions.settle(HOME, PEER)
    assert items(home) == set()


def test_all_calls_of_the_pulumi_provider_work(regions: RegionProcesses) -> None:
    """https://github.com/hashicorp/terraform-provider-aws (resource aws_dynamodb_table)"""
    regions.start(HOME, PEER)
    home = regions.client(HOME)
    home.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        Tags=[{"Key": "Name", "Value": "items"}],
        TableClass="STANDARD",
        DeletionProtectionEnabled=True,
    )
    home.get_waiter("table_exists").wait(TableName="items")
    home.update_time_to_live(
        TableName="items", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    regions.add_replica(PEER)
    for region in (HOME, PEER):
        client = regions.client(region)
        client.update_continuous_backups(
            TableName="items", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        arn = client.describe_table(TableName="items")["Table"]["TableArn"]
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "Name", "Value": "items"}])
        client.update_table(TableName="items", DeletionProtectionEnabled=True)
        backups = client.describe_continuous_backups(TableName=arn)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == [
            {"Key": "Name", "Value": "items"}
        ]
        ttl = client.describe_time_to_live(TableName="items")["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
        client.update_table(TableName="items", DeletionProtectionEnabled=False)
    delete(home, PEER)
    home.delete_table(TableName="items")
    home.get_waiter("table_not_exists").wait(TableName="items")
