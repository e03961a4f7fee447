"""Which Regions are asked, and what counts as an answer."""

import pytest

from muster.drill.plan.instructions import Instruction, SetDial, SetSwitch
from muster.errors import CallFailed
from muster.hand.evidence import read_answering, regions_to_ask
from muster.levers.health_switch import HealthCheckAnswer
from muster.model import SwitchSetting
from tests.unit.muster.drill.builders import AWAY, HOME, build_region_view, build_view

SILENT: dict[str, object] = {"dial": None, "endpoint": None, "target": None}
OFF = SetSwitch(region=AWAY, status="fail")


@pytest.mark.parametrize(
    ("do", "home", "asked"),
    [
        (OFF, {}, ()),
        (OFF, SILENT, (HOME,)),
        (OFF, {"target": "unhealthy", "endpoint": None}, ()),
        (OFF, {**SILENT, "switch": None}, ()),
        (OFF, {**SILENT, "switch": SwitchSetting(status="pass")}, ()),
        (SetSwitch(region=AWAY, status="auto"), SILENT, ()),
        (SetSwitch(region=HOME, status="pass"), SILENT, (HOME,)),
        (SetDial(region=AWAY, percent=0.0), SILENT, (HOME,)),
    ],
)
def test_regions_are_asked_whose_health_is_not_known_and_matters(
    do: Instruction, home: dict[str, object], asked: tuple[str, ...]
) -> None:
    view = build_view(build_region_view(HOME, **home), build_region_view(AWAY))

    assert regions_to_ask(do, view) == asked


def test_a_record_whose_health_is_not_known_is_a_reason_to_ask() -> None:
    view = build_view(dns=None, doors=("accelerator", "dns"))

    assert regions_to_ask(OFF, view) == (HOME,)


async def test_only_a_health_check_that_is_answered_well_counts() -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/control-planes-and-data-planes.html"""

    async def check(region: str) -> HealthCheckAnswer:
        if region == "gone":
            raise CallFailed("lambda", "invoke", region, "Unreachable", "no answer")
        return HealthCheckAnswer(status=503 if region == "ill" else 200, body="")

    assert await read_answering(("well", "ill", "gone"), check) == {"well"}
