"""Which groups with multi-Region strong consistency can be made, and how they end."""

from typing import Any

import pytest

from twin.core.tables.global_table import ReplicaRefusal
from twin.core.tables.strong_consistency import (
    StrongChange,
    StrongTableFacts,
    concerns_strong_consistency,
    plan_strong_change,
)

EMPTY: dict[str, Any] = {
    "local": "us-east-1",
    "others": (),
    "witness": None,
    "is_strong": False,
    "is_empty": True,
    "has_local_indexes": False,
    "has_time_to_live": False,
}


def facts(**more: Any) -> StrongTableFacts:  # noqa: ANN401
    return StrongTableFacts(**{**EMPTY, **more})


def update(kind: str, *regions: str, witness: str | None = None) -> dict[str, Any]:
    request: dict[str, Any] = {
        "TableName": "t",
        "ReplicaUpdates": [{kind: {"RegionName": region}} for region in regions],
    }
    if kind == "Create":
        request["MultiRegionConsistency"] = "STRONG"
    if witness is not None:
        request["GlobalTableWitnessUpdates"] = [{kind: {"RegionName": witness}}]
    return request


def test_a_group_has_three_replicas_or_two_and_a_witness() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    assert plan_strong_change(update("Create", "us-east-2", "us-west-2"), facts()) == StrongChange(
        creates=True, replicas=("us-east-2", "us-west-2"), witness=None
    )
    with_witness = update("Create", "us-east-2", witness="us-west-2")
    assert plan_strong_change(with_witness, facts()) == StrongChange(
        creates=True, replicas=("us-east-2",), witness="us-west-2"
    )


@pytest.mark.parametrize(
    ("request_", "more", "part"),
    [
        (update("Create", "us-east-2"), {}, "exactly three Regions"),
        (update("Create", "us-east-2", "us-east-2"), {}, "exactly three Regions"),
        (
            update("Create", "us-east-2", "us-west-2", witness="eu-west-1"),
            {},
            "exactly three Regions",
        ),
        (update("Create", "us-east-2", "eu-west-1"), {}, "not in one Region set"),
        (update("Create", "us-east-2", "us-west-1"), {}, "not in one Region set"),
        (update("Create", "us-east-2", "us-west-2"), {"is_empty": False}, "an empty table only"),
        (
            update("Create", "us-east-2", "us-west-2"),
            {"has_local_indexes": True},
            "local secondary",
        ),
        (update("Create", "us-east-2", "us-west-2"), {"has_time_to_live": True}, "time to live"),
        (
            update("Create", "us-east-2", "us-west-2"),
            {"others": ("us-west-2",)},
            "without replicas",
        ),
        (
            {**update("Create", "us-east-2", "us-west-2"), "BillingMode": "PAY_PER_REQUEST"},
            {},
            "must be the only operation",
        ),
        ({"TableName": "t", "ReplicaUpdates": [{"Update": {}}]}, {}, "as a whole"),
        ({**update("Create"), "ReplicaUpdates": [{"Detach": "x"}]}, {}, "as a whole"),
        ({**update("Create"), "ReplicaUpdates": [{"Create": None}]}, {}, "as a whole"),
        ({"TableName": "t", "MultiRegionConsistency": "STRONG"}, {}, "as a whole"),
        (
            {
                "TableName": "t",
                "GlobalTableWitnessUpdates": [{"Create": {"RegionName": r}} for r in "ab"],
            },
            {},
            "Only one witness",
        ),
    ],
)
def test_other_groups_are_refused(
    request_: dict[str, Any], more: dict[str, Any], part: str
) -> None:
    refusal = plan_strong_change(request_, facts(**more))

    assert isinstance(refusal, ReplicaRefusal)
    assert part in refusal.message


def test_a_group_ends_as_a_whole() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    group = facts(is_strong=True, others=("us-east-2", "us-west-2"), witness="us-west-2")

    assert plan_strong_change(update("Delete", "us-east-2", witness="us-west-2"), group) == (
        StrongChange(creates=False, replicas=("us-east-2",), witness="us-west-2")
    )
    refusal = plan_strong_change(update("Delete", "us-east-2"), group)
    assert isinstance(refusal, ReplicaRefusal)
    assert "[us-east-2, us-west-2]" in refusal.message


def test_other_updates_are_not_its_business() -> None:
    assert not concerns_strong_consistency({"TableName": "t"}, is_strong=False)
    assert concerns_strong_consistency({"TableName": "t"}, is_strong=True)
    assert concerns_strong_consistency({"MultiRegionConsistency": "STRONG"}, is_strong=False)
