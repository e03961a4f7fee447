"""Replicas are added and removed with UpdateTable, as the Pulumi provider does it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.tables.conftest import HOME, PEER, THIRD, RegionProcesses
from tests.waiting import eventually

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create(client: "DynamoDBClient", region: str) -> None:
    client.update_table(TableName="items", ReplicaUpdates=[{"Create": {"RegionName": region}}])


def delete(client: "DynamoDBClient", region: str) -> None:
    client.update_table(TableName="items", ReplicaUpdates=[{"Delete": {"RegionName": region}}])


def refused(call: Any) -> tuple[str, str]:  # noqa: ANN401 - any call
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def items(client: "DynamoDBClient", table: str = "items") -> set[str]:
    return {item["id"]["S"] for item in client.scan(TableName=table)["Items"]}


def test_a_new_replica_has_what_was_there_and_knows_all_the_others(world: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    world.start(HOME, PEER, THIRD)
    home = world.create_table()
    for number in range(300):
        home.put_item(TableName="items", Item={"id": {"S": f"{number}"}})
    world.add_replica(PEER)
    world.client(PEER).put_item(TableName="items", Item={"id": {"S": "from peer"}})
    world.add_replica(THIRD, at=PEER)

    eventually(lambda: world.replicas(at=HOME) == {PEER: "ACTIVE", THIRD: "ACTIVE"})
    assert world.replicas(at=PEER) == {HOME: "ACTIVE", THIRD: "ACTIVE"}
    eventually(lambda: world.replicas(at=THIRD) == {HOME: "ACTIVE", PEER: "ACTIVE"})
    world.settle(HOME, PEER, THIRD)
    expected = {f"{number}" for number in range(300)} | {"from peer"}
    assert items(world.client(THIRD)) == expected
    assert items(home) == expected
    table = world.client(THIRD).describe_table(TableName="items")["Table"]
    assert table["GlobalTableVersion"] == "2019.11.21"
    assert table["TableStatus"] == "ACTIVE"
    assert THIRD in table["TableArn"]
    status = world.status(HOME).tables[0]
    assert (status.items, set(status.replicas)) == (301, {PEER, THIRD})


def test_writes_during_the_filling_are_not_lost(world: RegionProcesses) -> None:
    world.start(HOME, PEER)
    home = world.create_table()
    for number in range(200):
        home.put_item(TableName="items", Item={"id": {"S": f"{number}"}})
    create(home, PEER)
    for number in range(100, 250):
        home.put_item(TableName="items", Item={"id": {"S": f"{number}"}, "v": {"S": "later"}})
    home.delete_item(TableName="items", Key={"id": {"S": "0"}})

    eventually(lambda: world.replicas() == {PEER: "ACTIVE"})
    world.settle(HOME, PEER)
    found = {i["id"]["S"]: i for i in world.client(PEER).scan(TableName="items")["Items"]}
    assert found.keys() == {f"{number}" for number in range(1, 250)}
    assert all("v" in found[f"{number}"] for number in range(100, 250))


def test_a_replica_without_a_stream_gets_one(world: RegionProcesses) -> None:
    """Streams are on for every replica and can't be disabled.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    world.start(HOME, PEER)
    home = world.client(HOME)
    home.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    world.add_replica(PEER)

    for region in (HOME, PEER):
        table = world.client(region).describe_table(TableName="items")["Table"]
        assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    code, message = refused(
        lambda: home.update_table(TableName="items", StreamSpecification={"StreamEnabled": False})
    )
    assert (code, "Disabling Stream is not allowed" in message) == ("ValidationException", True)


def test_wrong_replica_updates_are_refused_and_change_nothing(world: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    world.start(HOME, PEER, THIRD)
    home = world.create_table(PEER)
    world.client(THIRD).create_table(
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
        code, message = refused(lambda region=region: create(home, region))
        assert (code, words in message) == ("ValidationException", True), message
    assert refused(
        lambda: home.update_table(
            TableName="items",
            MultiRegionConsistency="STRONG",
            ReplicaUpdates=[{"Create": {"RegionName": THIRD}}],
        )
    )[1].startswith("The twin replicates with multi-Region eventual consistency")
    assert refused(lambda: delete(world.client(PEER), THIRD))[0] == "ValidationException"
    code, _ = refused(
        lambda: home.update_table(TableName="no", ReplicaUpdates=[{"Create": {"RegionName": PEER}}])
    )
    assert code == "ResourceNotFoundException"
    assert world.replicas() == {PEER: "ACTIVE"}


def test_a_region_that_is_down_is_told_and_nothing_is_changed(world: RegionProcesses) -> None:
    world.start(HOME)
    home = world.create_table()

    code, message = refused(lambda: create(home, PEER))
    assert code == "InternalServerError"
    assert PEER in message
    assert world.replicas() == {}
    world.start(PEER)
    world.add_replica(PEER)
    world.kill(PEER)
    code, message = refused(lambda: delete(home, PEER))
    assert code == "InternalServerError"
    assert world.replicas() == {PEER: "ACTIVE"}


def test_a_creation_cut_short_by_a_crash_comes_to_its_end(world: RegionProcesses) -> None:
    world.start(HOME, PEER)
    home = world.create_table()
    for number in range(50):
        home.put_item(TableName="items", Item={"id": {"S": f"{number}"}})
    world.pause(PEER)
    create(home, PEER)

    assert world.replicas() == {PEER: "CREATING"}
    there = world.client(PEER)
    assert there.describe_table(TableName="items")["Table"]["TableStatus"] == "CREATING"
    key = {"id": {"S": "1"}}
    code, _ = refused(lambda: there.get_item(TableName="items", Key=key))
    assert code == "ResourceNotFoundException"
    assert refused(lambda: create(home, THIRD))[0] == "ResourceInUseException"
    assert refused(lambda: home.delete_table(TableName="items"))[0] == "ResourceInUseException"
    world.kill(HOME)
    world.kill(PEER)
    world.start(HOME, PEER)
    world.resume(PEER)
    eventually(lambda: world.replicas() == {PEER: "ACTIVE"}, within_s=10.0)
    assert items(there) == {f"{number}" for number in range(50)}


def test_a_frozen_region_does_not_keep_what_it_made_too_late(world: RegionProcesses) -> None:
    """The order waits in its socket until it goes on; by then the caller was told no."""
    world.start(HOME, PEER)
    home = world.create_table()
    there = world.client(PEER)
    home.put_item(TableName="items", Item={"id": {"S": "a"}})
    world.freeze(PEER)

    assert refused(lambda: create(home, PEER))[0] == "InternalServerError"
    assert world.replicas() == {}
    world.thaw(PEER)
    eventually(lambda: there.list_tables()["TableNames"] == ["items"])

    eventually(lambda: there.list_tables()["TableNames"] == [])
    world.add_replica(PEER)
    assert items(there) == {"a"}


def test_a_replica_being_made_is_there_for_descriptions_only(world: RegionProcesses) -> None:
    """Not found: "its status might not be ACTIVE". In use: what would change the table.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
    """
    world.start(HOME, PEER)
    home = world.create_table()
    there: Any = world.client(PEER)
    world.create_table(name="other")
    world.add_replica(PEER, name="other")
    world.pause(PEER)
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

    assert [refused(call)[0] for call in not_found] == ["ResourceNotFoundException"] * 11
    assert [refused(call)[0] for call in in_use] == ["ResourceInUseException"] * 3
    (answer,) = there.batch_execute_statement(Statements=[statement])["Responses"]
    assert answer["Error"]["Code"] == "ResourceNotFound"
    assert items(there, "other") == set()
    assert set(there.list_tables()["TableNames"]) == {"items", "other"}
    world.resume(PEER)
    eventually(lambda: world.replicas() == {PEER: "ACTIVE"}, within_s=10.0)
    assert items(there) == set()


def test_removing_a_replica_deletes_its_table_and_adding_it_again_works(
    world: RegionProcesses,
) -> None:
    world.start(HOME, PEER, THIRD)
    home = world.create_table(PEER, THIRD)
    home.put_item(TableName="items", Item={"id": {"S": "a"}})
    world.settle(HOME, PEER, THIRD)
    delete(home, PEER)

    assert world.client(PEER).list_tables()["TableNames"] == []
    assert world.replicas() == {THIRD: "ACTIVE"}
    eventually(lambda: world.replicas(at=THIRD) == {HOME: "ACTIVE"})
    world.add_replica(PEER)
    assert items(world.client(PEER)) == {"a"}
    eventually(lambda: world.replicas(at=THIRD) == {HOME: "ACTIVE", PEER: "ACTIVE"})


def test_deletion_protection_is_each_replica_s_own_and_is_honoured(world: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    world.start(HOME, PEER)
    home = world.create_table(PEER)
    peer = world.client(PEER)
    peer.update_table(TableName="items", DeletionProtectionEnabled=True)

    for call in (lambda: delete(home, PEER), lambda: peer.delete_table(TableName="items")):
        code, message = refused(call)
        assert (code, "protected against deletion" in message) == ("ValidationException", True)
    peer.update_table(TableName="items", DeletionProtectionEnabled=False)
    delete(home, PEER)
    assert peer.list_tables()["TableNames"] == []


def test_the_source_region_s_table_outlives_its_replicas(world: RegionProcesses) -> None:
    """A table used to add a replica can't be deleted for 24 hours, while the replica is there.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    world.start(HOME, PEER)
    home = world.create_table(PEER)

    code, message = refused(lambda: home.delete_table(TableName="items"))
    assert (code, "acted as a source region" in message) == ("ValidationException", True)
    world.client(PEER).delete_table(TableName="items")
    eventually(lambda: world.replicas() == {})
    home.delete_table(TableName="items")
    world.kill(HOME)
    world.start(HOME)
    assert home.list_tables()["TableNames"] == []


def test_a_table_of_the_same_name_made_anew_does_not_get_the_old_one_s_writes(
    world: RegionProcesses,
) -> None:
    world.start(HOME, PEER)
    home = world.create_table(PEER)
    peer = world.client(PEER)
    world.settle(HOME, PEER)
    world.pause(HOME)
    peer.put_item(TableName="items", Item={"id": {"S": "of the old table"}})
    delete(home, PEER)
    home.delete_table(TableName="items")
    world.create_table()
    world.resume(HOME)

    world.settle(HOME, PEER)
    assert items(home) == set()


def test_what_the_pulumi_provider_calls_works(world: RegionProcesses) -> None:
    """https://github.com/hashicorp/terraform-provider-aws (resource aws_dynamodb_table)"""
    world.start(HOME, PEER)
    home = world.client(HOME)
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
    world.add_replica(PEER)
    for region in (HOME, PEER):
        client = world.client(region)
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
