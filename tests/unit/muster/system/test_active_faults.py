"""Which faults stand, as AWS, AWS FIS or the twin tell."""

import pytest

from muster.levers.fis import ReplicationPause
from muster.levers.throttle import Throttle
from muster.model import ActiveFault
from muster.system.active_faults import ActiveFaultReader, FaultReading, TwinFaults
from muster.system.read_errors import ReadErrors
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import NotifiedLines, make_retry_policy
from tests.unit.muster.sample_stack import ENDPOINT, FRANKFURT, OREGON, make_stack

THROTTLE_OF_OREGON = f"function of {OREGON}"


async def read(aws: FakeAws, *, twin: bool = False) -> tuple[FaultReading, tuple[str, ...]]:
    """What stands, and what could not be read. FIS has a template for us-west-2."""
    clients, waits, problems = (
        aws.clients(ENDPOINT if twin else None),
        make_retry_policy(aws),
        ReadErrors(),
    )
    reader = ActiveFaultReader(
        stack=make_stack(),
        throttle=Throttle(clients, make_stack(), NotifiedLines()),
        replication_pause=ReplicationPause(clients, {OREGON: "EXT1"}, waits),
        twin=TwinFaults(clients) if twin else None,
    )
    return await reader.read(problems), problems.describe()


def told(name: str, region: str = OREGON, **more: object) -> dict[str, object]:
    """As a twin's endpoint tells a fault, with a field that nobody knows yet."""
    plain: dict[str, object] = {"name": name, "role": "r", "region": region, "new": [1]}
    return {**plain, "since_s": 1.0, "until_s": None, "left_s": None, "delay_ms": 0.0, **more}


async def throttled(aws: FakeAws, found: int | None = None, concurrency: int = 0) -> None:
    """Somebody throttles us-west-2."""
    aws.reserved[OREGON] = found
    await Throttle(aws.clients(), make_stack(), NotifiedLines()).inject(OREGON, "ann", concurrency)
    aws.calls.clear()


@pytest.mark.parametrize("twin", [False, True])
async def test_nothing_stands_where_nobody_has_broken_anything(twin: bool) -> None:
    assert await read(FakeAws(), twin=twin) == (FaultReading(faults=()), ())


@pytest.mark.parametrize("concurrency", [0, 2])
async def test_a_throttle_is_its_note_and_what_is_reserved(concurrency: int) -> None:
    aws = FakeAws()
    await throttled(aws, found=50, concurrency=concurrency)

    found, _ = await read(aws)

    assert found.faults == (
        ActiveFault(
            kind="throttle",
            region=OREGON,
            parameters={"concurrency": float(concurrency)},
            by="ann",
        ),
    )


async def test_a_function_that_has_little_by_itself_is_not_throttled() -> None:
    aws = FakeAws(reserved={FRANKFURT: 0, OREGON: 1})

    found, problems = await read(aws)

    assert (found, problems) == (FaultReading(faults=()), ())


async def test_a_note_of_what_never_came_about_is_no_throttle() -> None:
    aws = FakeAws()
    await throttled(aws)
    aws.reserved[OREGON] = None

    assert (await read(aws))[0].faults == ()


async def test_the_note_tells_a_throttle_where_no_control_plane_answers() -> None:
    """https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_avoid_control_plane.html"""
    aws = FakeAws()
    await throttled(aws)
    aws.down = {"lambda"}

    found, problems = await read(aws)

    assert found == FaultReading(faults=(ActiveFault(kind="throttle", region=OREGON, by="ann"),))
    assert all("concurrency limit" in line for line in problems)


async def test_an_unread_note_matters_only_where_something_is_reserved() -> None:
    calm, busy = FakeAws(down={"dynamodb"}), FakeAws(down={"dynamodb"})
    busy.reserved[OREGON] = 5

    assert await read(calm) == (FaultReading(faults=()), ())
    found, problems = await read(busy)
    assert found.unread == (THROTTLE_OF_OREGON,)
    assert problems[0].startswith(f"{OREGON}: throttle could not be read: EndpointConnectionError")


async def test_a_region_that_is_gone_leaves_its_function_unread() -> None:
    found, problems = await read(FakeAws(down={OREGON}), twin=True)

    assert found == FaultReading(faults=(), unread=(THROTTLE_OF_OREGON,))
    assert [line.split(":")[1] for line in problems] == [
        " concurrency limit could not be read",
        " throttle could not be read",
    ]


async def test_an_experiment_that_is_under_way_stands_until_its_action_ends() -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"""
    aws = FakeAws(experiments={"EXP0": "completed", "EXP1": "running"})

    found, _ = await read(aws)

    assert found.faults == (
        ActiveFault(
            kind="replication-pause",
            region=OREGON,
            until_epoch_s=aws.experiments_began.timestamp() + 300,
        ),
    )
    assert {call.region for call in aws.made("ListExperiments")} == {OREGON}


async def test_experiments_that_can_not_be_listed_are_unread() -> None:
    aws = FakeAws()
    aws.fail("ListExperiments", FakeFailure("AccessDeniedException"))

    found, problems = await read(aws)

    assert found == FaultReading(faults=(), unread=(f"replication of {OREGON}",))
    assert problems == (
        f"{OREGON}: replication-pause could not be read: AccessDeniedException: no",
    )


async def test_a_twin_tells_its_faults_and_no_experiment_is_asked_for() -> None:
    slow = told("network-slow", FRANKFURT, until_s=1_800_000_060.0, delay_ms=200)
    aws = FakeAws(twin_faults=[slow, told("control-stop", ""), told("region-stop")])
    await throttled(aws)

    found, problems = await read(aws, twin=True)

    assert found.faults == (
        ActiveFault(
            kind="network-slow",
            region=FRANKFURT,
            parameters={"delay_ms": 200.0},
            until_epoch_s=1_800_000_060.0,
        ),
        ActiveFault(kind="control-stop"),
        ActiveFault(kind="region-stop", region=OREGON),
        ActiveFault(kind="throttle", region=OREGON, parameters={"concurrency": 0.0}, by="ann"),
    )
    assert (found.unread, problems, aws.made("ListExperiments")) == ((), (), [])


async def test_a_twin_that_does_not_answer_leaves_its_sides_unread() -> None:
    found, problems = await read(FakeAws(down={"twin"}), twin=True)

    assert found.faults == ()  # no function is throttled
    assert f"network of {FRANKFURT}" in found.unread
    assert "control planes" in found.unread
    assert THROTTLE_OF_OREGON not in found.unread
    assert problems == ("the twin: faults could not be read: ConnectionRefusedError: nobody there",)


async def test_an_answer_that_is_none_is_told() -> None:
    aws = FakeAws(twin_faults=[{"title": "?"}])

    found, (problem,) = await read(aws, twin=True)

    assert "control planes" in found.unread
    assert "NotUnderstood: KeyError: 'until_s'" in problem


async def test_nothing_is_known_when_nobody_answers() -> None:
    found, _ = await read(FakeAws(down={"twin", OREGON, FRANKFURT}), twin=True)

    assert found.faults is None
