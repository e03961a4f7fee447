"""Which Regions work, where the control planes don't say: their functions are asked.

To invoke a function is a call of Lambda's data plane, which goes on without the control planes:
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/control-planes-and-data-planes.html
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

from muster.drill.guards.evaluation import adds_risk
from muster.drill.guards.region_health import record_health, region_degraded_by, region_health
from muster.drill.plan.instructions import Instruction
from muster.errors import CallFailed
from muster.levers.health_switch import HealthCheckAnswer
from muster.model import SystemView

CheckHealth = Callable[[str], Awaitable[HealthCheckAnswer]]
"""Makes one health check in a Region. Raises CallFailed."""


def regions_to_ask(do: Instruction, view: SystemView) -> tuple[str, ...]:
    """The Regions whose health would decide about a change, and is not known.

    One whose health switch is not `auto` is left out: it answers as the switch says.
    """
    if not adds_risk(do):
        return ()
    leaving = region_degraded_by(do, view)
    return tuple(
        name
        for name, seen in view.regions.items()
        if name != leaving
        and seen.switch is not None
        and seen.switch.status == "auto"
        and "unknown" in _healths(view, name)
    )


async def read_answering(regions: Iterable[str], check: CheckHealth) -> frozenset[str]:
    """Those of the Regions whose function answers a health check with 200."""

    async def ask(region: str) -> str | None:
        try:
            answer = await check(region)
        except CallFailed:
            return None
        return region if answer.status == HTTPStatus.OK else None

    answers = await asyncio.gather(*(ask(region) for region in regions))
    return frozenset(region for region in answers if region is not None)


def _healths(view: SystemView, region: str) -> set[str]:
    """A Region's health by each door of the stack."""
    by_name = {record_health(view, region)} if "dns" in view.doors else set[str]()
    return {region_health(view, region), *by_name}
