"""The tables and their replicas."""

from typing import Any

import pytest

from tests.infra.graph import FOUR_SERVICES, THREE_REGIONS, ResourceGraph, build_graph


@pytest.mark.parametrize("name", ["items", "control"])
@pytest.mark.parametrize(("stack", "protected"), [("prod", True), ("local", False)])
def test_a_table_has_a_replica_in_each_region(name: str, stack: str, protected: bool) -> None:
    table = table_of(build_graph(stack), name)

    assert table["region"] == "eu-central-1"
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["hashKey"] == "item_id"
    assert table["attributes"] == [{"name": "item_id", "type": "S"}]
    assert (table["streamEnabled"], table["streamViewType"]) == (True, "NEW_AND_OLD_IMAGES")
    assert table["ttl"] == {"attributeName": "expires_at", "enabled": True}
    assert table["pointInTimeRecovery"] == {"enabled": protected}
    assert table["deletionProtectionEnabled"] is protected
    assert table["replicas"] == [
        {
            "regionName": "us-west-2",
            "consistencyMode": "EVENTUAL",
            "pointInTimeRecovery": protected,
            "deletionProtectionEnabled": protected,
            "propagateTags": True,
        }
    ]


def test_lifted_protection_keeps_what_can_be_restored() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html"""
    table = table_of(build_graph("prod", protect=False), "items")

    assert table["deletionProtectionEnabled"] is False
    assert table["pointInTimeRecovery"] == {"enabled": True}
    (replica,) = table["replicas"]
    assert (replica["deletionProtectionEnabled"], replica["pointInTimeRecovery"]) == (False, True)


def test_a_draining_region_s_replica_alone_loses_its_deletion_protection() -> None:
    table = table_of(
        build_graph("prod", regions=THREE_REGIONS, draining_regions=["us-west-2"]), "items"
    )

    assert table["deletionProtectionEnabled"] is True
    assert {r["regionName"]: r["deletionProtectionEnabled"] for r in table["replicas"]} == {
        "ap-northeast-1": True,
        "us-west-2": False,
    }
    assert all(replica["pointInTimeRecovery"] for replica in table["replicas"])


def test_the_tables_home_region_is_configured_separately() -> None:
    table = table_of(build_graph("prod", home_region="us-west-2"), "items")

    assert table["region"] == "us-west-2"
    assert [replica["regionName"] for replica in table["replicas"]] == ["eu-central-1"]


@pytest.mark.parametrize(
    ("service", "keys"),
    [("keyvalues", ["key"]), ("hits", ["client", "region"]), ("bookmarks", ["PK", "SK"])],
)
def test_a_service_has_a_table_with_its_keys(service: str, keys: list[str]) -> None:
    table = table_of(build_graph("prod", **FOUR_SERVICES), service)

    assert table["name"] == f"muster-prod-{service}"
    assert [table["hashKey"], *([table["rangeKey"]] if len(keys) > 1 else [])] == keys
    assert table["attributes"] == [{"name": key, "type": "S"} for key in keys]
    assert table["ttl"] == {"attributeName": "expires_at", "enabled": True}
    assert [replica["regionName"] for replica in table["replicas"]] == ["us-west-2"]


def table_of(graph: ResourceGraph, name: str) -> dict[str, Any]:
    (table,) = (node.inputs for node in graph.of(":Table") if node.name == f"{name}-table")
    return table
