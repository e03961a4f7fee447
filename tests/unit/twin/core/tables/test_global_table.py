"""What ReplicaUpdates may ask for."""

import re
from typing import Any

import pytest

from twin.core.tables.global_table import (
    SOURCE_HOLD_S,
    GlobalTableView,
    ReplicaAction,
    ReplicaActionKind,
    ReplicaFacts,
    ReplicaRefusal,
    plan_replica_action,
    refuse_removal,
)

HOME, PEER, THIRD = "eu-central-1", "us-west-2", "ap-south-1"


def global_table(*replicas: str, local: str = HOME) -> GlobalTableView:
    members = {region: ReplicaFacts(source=HOME, age_s=0.0) for region in replicas}
    return GlobalTableView(table="t", local=local, replicas=members, regions=(THIRD, HOME, PEER))


def request(*updates: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"TableName": "t", "ReplicaUpdates": list(updates), **more}


def refusal_message(update: dict[str, Any], members: GlobalTableView) -> str:
    found = plan_replica_action(update, members)
    assert isinstance(found, ReplicaRefusal)
    assert found.code == "ValidationException"
    return found.message


def test_another_region_is_added() -> None:
    wanted = {"RegionName": PEER, "TableClassOverride": "STANDARD"}

    assert plan_replica_action(request({"Create": wanted}), global_table()) == ReplicaAction(
        kind=ReplicaActionKind.CREATE, region=PEER, overrides={"TableClassOverride": "STANDARD"}
    )


def test_a_member_is_removed_or_changed() -> None:
    members = global_table(HOME, PEER)

    assert plan_replica_action(request({"Delete": {"RegionName": PEER}}), members) == ReplicaAction(
        kind=ReplicaActionKind.DELETE, region=PEER
    )
    changed = plan_replica_action(
        request({"Update": {"RegionName": PEER, "TableClassOverride": "STANDARD"}}), members
    )
    assert isinstance(changed, ReplicaAction)


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"Create": {"RegionName": HOME}}, "Cannot add or delete the local region"),
        ({"Delete": {"RegionName": HOME}}, "Cannot add or delete the local region"),
        ({"Create": {"RegionName": "us-fake-1"}}, "Region us-fake-1 is not supported"),
        ({"Create": {"RegionName": PEER}}, "already existed as tables"),
        (
            {"Delete": {"RegionName": THIRD}},
            "Replica specified in the Replica Update or Replica Delete",
        ),
        ({"Update": {"RegionName": THIRD}}, "action of the request was not found"),
        ({"Update": {"RegionName": PEER}}, "no actions specified"),
        ({"Update": {"RegionName": PEER, "KMSMasterKeyId": "k"}}, "KMSMasterKeyId"),
        ({}, "no actions specified"),
        ({"Create": None}, "no actions specified"),
        ({"Update": {"RegionName": PEER, "KMSMasterKeyId": None}}, "no actions specified"),
        ({"Detach": {}}, "does not know the replica action 'Detach'"),
        (
            {"Create": {"RegionName": THIRD}, "Delete": {"RegionName": PEER}},
            "more than one type of replica actions",
        ),
    ],
)
def test_wrong_replica_updates_are_refused_in_the_service_s_words(
    update: dict[str, Any], message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    assert re.search(message, refusal_message(request(update), global_table(HOME, PEER)))


def test_a_member_that_is_null_is_absent() -> None:
    update = {"Create": {"RegionName": PEER, "KMSMasterKeyId": None}, "Delete": None}

    assert plan_replica_action(request(update), global_table()) == ReplicaAction(
        kind=ReplicaActionKind.CREATE, region=PEER
    )


def test_a_replica_change_is_the_only_change_of_a_request() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    create = {"Create": {"RegionName": PEER}}

    assert "only operation" in refusal_message(
        request(create, BillingMode="PAY_PER_REQUEST"), global_table()
    )
    assert "one replica" in refusal_message(
        request(create, {"Create": {"RegionName": THIRD}}), global_table()
    )


def test_the_source_of_a_replica_is_held_for_a_day_while_the_replica_is_there() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    young = ReplicaFacts(source=HOME, age_s=SOURCE_HOLD_S - 1)
    old = ReplicaFacts(source=HOME, age_s=SOURCE_HOLD_S)

    assert refuse_removal(HOME, {HOME: old, PEER: young}) is not None
    assert refuse_removal(HOME, {HOME: young, PEER: old}) is None
    assert refuse_removal(PEER, {HOME: old, PEER: young}) is None
    assert refuse_removal(HOME, {HOME: young}) is None


def test_the_hold_of_a_source_is_a_parameter() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    members = {
        HOME: ReplicaFacts(source=HOME, age_s=100.0),
        PEER: ReplicaFacts(source=HOME, age_s=100.0),
        THIRD: ReplicaFacts(source=HOME, age_s=100.0),
    }
    seen_from_peer = GlobalTableView(
        table="t", local=PEER, replicas=members, regions=(THIRD, HOME, PEER)
    )
    removal = request({"Delete": {"RegionName": HOME}})

    assert isinstance(plan_replica_action(removal, seen_from_peer, 101.0), ReplicaRefusal)
    assert isinstance(plan_replica_action(removal, seen_from_peer, 100.0), ReplicaAction)
