"""All readings at once, and none of them a traceback."""

import pytest

from muster.doctor.examination import Patient, examine
from muster.doctor.model import CallerReading, Unread
from muster.model import SystemView
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.fake_aws import FakeAws


def make_patient(where: CommandLine) -> Patient:
    context = where.context()
    assert context.clients is not None
    return Patient(
        clients=context.clients,
        clock=context.clock,
        is_twin=where.twin,
        deployment=context.open_deployment(),
    )


async def test_a_deployed_stack_is_read_whole(on_aws: CommandLine) -> None:
    readings = await examine(make_patient(on_aws))

    assert isinstance(readings.view, SystemView)
    assert isinstance(readings.caller, CallerReading)
    assert len(readings.concurrency) == 2
    assert len(readings.quotas) == 7
    assert not isinstance(readings.permissions, Unread)
    assert (readings.target, readings.deploys) == ("aws", False)


async def test_nothing_but_reading_is_called(on_aws: CommandLine) -> None:
    await examine(make_patient(on_aws))

    verbs = ("Get", "List", "Describe", "Simulate")
    assert [c.operation for c in on_aws.aws.calls if not c.operation.startswith(verbs)] == []


async def test_a_twin_is_not_asked_for_quotas(on_twin: CommandLine) -> None:
    on_twin.environ = {"PATH": ""}

    readings = await examine(make_patient(on_twin))

    assert readings.quotas == ()
    assert isinstance(readings.places, Unread)
    assert "there is no `twin` command" in readings.places.why


@pytest.mark.parametrize("down", ["sts", "globalaccelerator", "us-west-2", "iam", "lambda"])
async def test_whatever_is_down_becomes_a_reading(on_aws: CommandLine, down: str) -> None:
    on_aws.aws = FakeAws(down={down})

    assert await examine(make_patient(on_aws))


async def test_without_a_stack_the_caller_and_the_machine_are_read() -> None:
    aws = FakeAws()
    patient = Patient(
        clients=aws.clients(), clock=aws.clock, is_twin=False, deployment=Unread("no outputs")
    )

    readings = await examine(patient)

    assert isinstance(readings.caller, CallerReading)
    assert (readings.view, readings.permissions, readings.quotas) == (None, None, ())
