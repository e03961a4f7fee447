"""The holder of a stack's lease."""

import asyncio

import pytest

from muster.cli.lease_holder import make_lease_holder, refuse_during_drill
from muster.errors import DrillUnderWay
from tests.unit.muster.cli.builders import hold_lease
from tests.unit.muster.cli.command_line import CommandLine


async def test_without_a_drill_the_lease_is_free(on_twin: CommandLine) -> None:
    status = await make_lease_holder(on_twin.context().open_deployment()).status("")

    assert status.state == "free"


def test_another_operators_lease_is_held(on_twin: CommandLine) -> None:
    hold_lease(on_twin)

    async def read() -> str:
        status = await make_lease_holder(on_twin.context().open_deployment()).status("")
        return f"{status.state} {status.words}"

    assert asyncio.run(read()).startswith("held r1 by ops on laptop")


def test_a_restore_is_refused_while_a_drill_is_under_way(on_twin: CommandLine) -> None:
    deployment = on_twin.context().open_deployment()
    asyncio.run(refuse_during_drill(deployment))
    hold_lease(on_twin)

    with pytest.raises(DrillUnderWay, match=r"a drill is under way: r1 .*`muster drill watch`"):
        asyncio.run(refuse_during_drill(deployment))
