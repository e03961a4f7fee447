"""Point-in-time recovery of a simulated Region's table."""

import asyncio
import json
from typing import Any

from tests.unit.twin.region.tables.simulated_regions import SimulatedRegion
from twin.region.tables.restores import TableRestores


def enable_recovery(region: SimulatedRegion, name: str = "tab", *, enabled: bool = True) -> None:
    region.run(
        "UpdateContinuousBackups",
        TableName=name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled},
    )
    region.store.commit_settings(name)


def open_restores(region: SimulatedRegion, speed: float = 1.0) -> TableRestores:
    return TableRestores(store=region.store, clock=region.clock, speed=speed)


def restore(region: SimulatedRegion, **request: Any) -> dict[str, Any]:  # noqa: ANN401
    """Restore to the table `new`, wait for its items, and return its description."""
    restores = open_restores(region)
    restores.restore({"TargetTableName": "new", **request}, lambda: "id-of-new")
    asyncio.run(restores.fill_tables())
    description: dict[str, Any] = json.loads(region.run("DescribeTable", TableName="new").body)
    table: dict[str, Any] = description["Table"]
    return table
