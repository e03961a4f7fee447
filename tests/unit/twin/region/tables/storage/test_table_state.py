"""A table's registers: members, peers and settings; and the keys of its items."""

import json
from decimal import Decimal

import pytest

from twin.core.tables.replication import Stamp
from twin.core.tables.table_engine import Image, JsonObject
from twin.region.tables.storage.table_state import (
    MEMBER_PREFIX,
    Membership,
    Register,
    ReplicaStatus,
    TableState,
)

HOME, PEER, THIRD = "eu-central-1", "us-west-2", "ap-south-1"
STAMP = Stamp(1_000_000, HOME)


def state(*keys: str) -> TableState:
    return TableState("items", "id-1", HOME, keys or ("id",))


def membership(*, exists: bool = True, status: ReplicaStatus = ReplicaStatus.ACTIVE) -> Membership:
    return Membership(
        status=status, source=HOME, since_s=5.0, exists=exists, overrides={"TableClass": "X"}
    )


def join(table: TableState, region: str, member: Membership | None) -> None:
    value = None if member is None else member.to_json()
    table.set_register(MEMBER_PREFIX + region, Register(STAMP, value))


def test_a_membership_survives_the_way_over_a_log_and_the_network() -> None:
    written = json.loads(json.dumps(membership(exists=False).to_json()))

    assert Membership.from_json(written) == membership(exists=False)


def test_writes_are_sent_to_the_other_members_whose_table_exists() -> None:
    table = state()

    join(table, HOME, membership())
    join(table, PEER, membership())
    join(table, THIRD, membership(exists=False))

    assert table.peers == (PEER,)
    assert list(table.other_members) == [THIRD, PEER]


def test_a_region_that_leaves_is_no_member_and_no_peer() -> None:
    table = state()
    join(table, PEER, membership())

    join(table, PEER, None)

    assert (table.members, table.peers) == ({}, ())
    assert table.registers[MEMBER_PREFIX + PEER].value is None  # kept, as its tombstone


def test_only_its_own_membership_makes_a_replica_one_in_creation() -> None:
    table = state()
    join(table, PEER, membership(status=ReplicaStatus.CREATING))
    before = table.is_creating

    join(table, HOME, membership(status=ReplicaStatus.CREATING))

    assert (before, table.is_creating) == (False, True)


def test_a_setting_is_no_member() -> None:
    table = state()

    table.set_register("ttl", Register(STAMP, {"enabled": True}))

    assert table.members == {}
    assert table.register_versions() == [
        {"t": "items", "g": "id-1", "r": "ttl", "v": {"enabled": True}, "s": [1_000_000, HOME]}
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [({"N": "1"}, {"N": "1.0"}), ({"N": "100"}, {"N": "1E2"}), ({"S": "1"}, {"S": "1"})],
)
def test_equal_keys_have_the_same_text(one: Image, other: Image) -> None:
    table = state("at")

    assert table.item_key({"at": one}) == table.item_key({"at": other, "v": {"S": "x"}})


def test_different_keys_have_different_texts() -> None:
    table = state("id", "at")
    keys = [({"S": "1"}, {"N": "2"}), ({"S": "2"}, {"N": "1"}), ({"N": "1"}, {"S": "2"})]

    assert len({table.item_key({"id": one, "at": other}) for one, other in keys}) == 3


def test_keys_that_differ_in_their_last_of_38_digits_have_different_texts() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    table, digits = state("at"), "1234567890123456789012345678901234567"

    texts = [table.item_key({"at": {"N": digits + last}}) for last in "89"]

    assert [int(Decimal(json.loads(text)["at"]["N"])) for text in texts] == [
        int(digits + last) for last in "89"
    ]


@pytest.mark.parametrize("image", [{"id": {"S": "ü\n"}, "n": {"N": "1"}}, None])
def test_the_text_of_a_version_is_json_on_one_line(image: Image | None) -> None:
    table = state()
    key = {"id": {"S": "ü\n"}}

    text = table.item_version_text(table.item_key(key), image, STAMP)

    assert "\n" not in text
    assert json.loads(text) == {
        "t": "items",
        "g": "id-1",
        "k": key,
        "i": image,
        "s": [1_000_000, HOME],
    }


def test_a_recovery_without_a_period_is_of_35_days() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoverySpecification.html"""
    table = state()

    periods: tuple[JsonObject, ...] = ({}, {"RecoveryPeriodInDays": None})
    for period in periods:
        table.local_settings = {
            "recovery": {
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED", **period}
            }
        }
        assert table.recovery is not None
        assert table.recovery.days == 35
