"""The active faults, from AWS, AWS FIS or the twin."""

import pytest

from muster.levers.aws_faults import ReplicationPause, Throttle
from muster.model import ActiveFault
from muster.system.active_faults import ActiveFaultReader, FaultReading, TwinFaults
from muster.system.read_errors import ReadErrors
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import NotifiedLines, make_retry_policy
from tests.unit.muster.sample_stack import CONTROL_TABLE, ENDPOINT, FRANKFURT, OREGON, make_stack

THROTTLE_OF_OREGON = f"function of {OREGON}"


async def read_faults(aws: FakeAws, *, twin: bool = False) -> tuple[FaultReading, tuple[str, ...]]:
    """The active faults, and the read errors. FIS has a template for us-west-2."""
    clients, errors = aws.clients(ENDPOINT if twin else None), ReadErrors()
    templates = {OREGON: "EXT1"}
    reader = ActiveFaultReader(
        stack=make_stack(),
        throttle=Throttle(clients, make_stack(), NotifiedLines()),
        replication_pause=ReplicationPause(
            clients, templates, make_retry_policy(aws), control_table=CONTROL_TABLE
        ),
        twin=TwinFaults(clients) if twin else None,
    )
    return await reader.read(errors), errors.describe()


def twin_document(name: str, region: str = OREGON, **more: object) -> dict[str, object]:
    """A fault in the answer of a twin's endpoint, with an unknown field."""
    plain: dict[str, object] = {"name": name, "role": "r", "region": region, "new": [1]}
    return {**plain, "since_s": 1.0, "until_s": None, "left_s": None, "delay_ms": 0.0, **more}


async def throttle_oregon(aws: FakeAws, reserved: int | None = None, concurrency: int = 0) -> None:
    """Another operator throttles us-west-2."""
    aws.reserved[OREGON] = reserved
    await Throttle(aws.clients(), make_stack(), NotifiedLines()).inject(OREGON, "ann", concurrency)
    aws.calls.clear()


@pytest.mark.parametrize("twin", [False, True])
async def test_without_injections_there_are_no_active_faults(twin: bool) -> None:
    assert await read_faults(FakeAws(), twin=twin) == (FaultReading(faults=()), ())


@pytest.mark.parametrize("concurrency", [0, 2])
async def test_a_throttle_is_its_record_and_the_reserved_concurrency(concurrency: int) -> None:
    aws = FakeAws()
    await throttle_oregon(aws, reserved=50, concurrency=concurrency)

    found, _ = await read_faults(aws)

    assert found.faults == (
        ActiveFault(
            kind="throttle",
            region=OREGON,
            parameters={"concurrency": float(concurrency)},
            by="ann",
        ),
    )


async def test_a_small_reservation_without_a_record_is_no_throttle() -> None:
    aws = FakeAws(reserved={FRANKFURT: 0, OREGON: 1})

    found, problems = await read_faults(aws)

    assert (found, problems) == (FaultReading(faults=()), ())


async def test_a_record_without_a_reservation_is_no_throttle() -> None:
    aws = FakeAws()
    await throttle_oregon(aws)
    aws.reserved[OREGON] = None

    assert (await read_faults(aws))[0].faults == ()


async def test_the_record_is_enough_where_no_control_plane_answers() -> None:
    """https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_avoid_control_plane.html"""
    aws = FakeAws()
    await throttle_oregon(aws)
    aws.down = {"lambda"}

    found, problems = await read_faults(aws)

    assert found == FaultReading(faults=(ActiveFault(kind="throttle", region=OREGON, by="ann"),))
    assert all("concurrency limit" in line for line in problems)


async def test_an_unread_record_matters_only_with_a_reservation() -> None:
    unreserved, reserved = FakeAws(down={"dynamodb"}), FakeAws(down={"dynamodb"})
    reserved.reserved[OREGON] = 5

    assert await read_faults(unreserved) == (FaultReading(faults=()), ())
    found, problems = await read_faults(reserved)
    assert found.unread == (THROTTLE_OF_OREGON,)
    assert problems[0].startswith(f"{OREGON}: throttle could not be read: EndpointConnectionError")


async def test_the_throttle_of_an_unreachable_region_is_unread() -> None:
    found, problems = await read_faults(FakeAws(down={OREGON}), twin=True)

    assert found == FaultReading(faults=(), unread=(THROTTLE_OF_OREGON,))
    assert [line.split(":")[1] for line in problems] == [
        " concurrency limit could not be read",
        " throttle could not be read",
    ]


async def test_a_running_experiment_is_active_until_its_action_ends() -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"""
    aws = FakeAws(experiments={"EXP0": "completed", "EXP1": "running"})

    found, _ = await read_faults(aws)

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

    found, problems = await read_faults(aws)

    assert found == FaultReading(faults=(), unread=(f"replication of {OREGON}",))
    assert problems == (
        f"{OREGON}: replication-pause could not be read: AccessDeniedException: no",
    )


async def test_on_a_twin_its_endpoint_is_read_and_no_experiments() -> None:
    slow = twin_document("network-slow", FRANKFURT, until_s=1_800_000_060.0, delay_ms=200)
    aws = FakeAws(
        twin_faults=[slow, twin_document("control-stop", ""), twin_document("region-stop")]
    )
    await throttle_oregon(aws)

    found, problems = await read_faults(aws, twin=True)

    assert found.faults == (
        ActiveFault(
            kind="network-slow",
            region=FRANKFURT,
            parameters={"delay_ms": 200.0},
            until_epoch_s=1_800_000_060.0,
            since_epoch_s=1.0,
        ),
        ActiveFault(kind="control-stop", since_epoch_s=1.0),
        ActiveFault(kind="region-stop", region=OREGON, since_epoch_s=1.0),
        ActiveFault(kind="throttle", region=OREGON, parameters={"concurrency": 0.0}, by="ann"),
    )
    assert (found.unread, problems, aws.made("ListExperiments")) == ((), (), [])
    assert not found.twin_gone


async def test_the_scopes_of_a_twin_that_does_not_answer_are_unread() -> None:
    found, problems = await read_faults(FakeAws(down={"twin"}), twin=True)

    assert found.faults == ()  # no function is throttled
    assert found.twin_gone
    assert f"network of {FRANKFURT}" in found.unread
    assert "control planes" in found.unread
    assert THROTTLE_OF_OREGON not in found.unread
    assert problems == ("the twin: faults could not be read: ConnectionRefusedError: nobody there",)


async def test_an_answer_that_is_not_understood_is_an_error() -> None:
    aws = FakeAws(twin_faults=[{"title": "?"}])

    found, (problem,) = await read_faults(aws, twin=True)

    assert "control planes" in found.unread
    assert "NotUnderstood: KeyError: 'until_s'" in problem


async def test_nothing_is_known_when_no_source_answers() -> None:
    found, _ = await read_faults(FakeAws(down={"twin", OREGON, FRANKFURT}), twin=True)

    assert found.faults is None
