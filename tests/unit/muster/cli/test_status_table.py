"""The table of `muster status`."""

import io

import pytest
from rich.console import Console

from muster.cli.status import SystemStatus
from muster.cli.status_table import format_answers, print_status
from muster.drill.run.lease import LeaseStatus
from muster.system.dns_answers import PlaceAnswer
from muster.system.dns_reader import DnsDoorStatus
from tests.unit.muster.cli.builders import Capture, set_switch
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import FRANKFURT, OREGON, make_dns_outputs, make_two_door_stack


def test_status_has_a_row_for_each_region(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.dials[OREGON] = 50.0
    on_twin.aws.metrics = {
        ("NewFlowCount", FRANKFURT): 180.0,
        ("NewFlowCount", OREGON): 60.0,
        ("ReplicationLatency", FRANKFURT): 850.0,
    }
    set_switch(on_twin, "fail", 580)

    code, output, _ = on_twin.main("status", capsys)

    lines = {line.split()[0]: line.split() for line in output.splitlines() if line}
    assert code == 0
    assert output.startswith("the twin at http://127.0.0.1:4599, account 123456789012\n")
    assert lines[FRANKFURT][1:] == [
        "100",
        "%",
        "HEALTHY",
        "healthy",
        "auto",
        "75",
        "%",
        "0.85",
        "s",
    ]
    assert lines[OREGON][1:] == (
        ["50", "%", "(100)", "UNHEALTHY", "unhealthy", "fail", "9:40", "min", "25", "%", "-"]
    )
    assert "! us-west-2: health switch at fail, set by ops (drill 12)" in output


@pytest.mark.parametrize("columns", [40, 60, 80])
async def test_status_fits_into_narrow_terminals_and_is_not_cut(
    on_twin: CommandLine, columns: int
) -> None:
    on_twin.changes = {"dns": make_dns_outputs()}
    on_twin.aws.dials[OREGON] = 99.5
    on_twin.aws.inverted[OREGON] = True
    set_switch(on_twin, "fail", 580)
    on_twin.aws.metrics = {("ReplicationLatency", OREGON): 3_500_000.0}
    deployment = on_twin.context().open_deployment()
    buffer = io.StringIO()
    view = await deployment.telemetry().view()

    print_status(
        deployment.location,
        deployment.stack,
        SystemStatus(view=view, door=None, drill=LeaseStatus(state="free")),
        on_twin.aws.clock.now(),
        console=Console(file=buffer, width=columns),
    )

    lines = buffer.getvalue().splitlines()
    assert all(len(line) <= columns for line in lines)
    assert "…" not in buffer.getvalue()
    for cell in ("99.5 % (100)", "UNHEALTHY", "fail 9:40 min", "58:20 min", "16 of 16"):
        assert any(cell in line for line in lines)


def test_a_name_that_no_place_can_resolve_is_one_short_line() -> None:
    answers = [
        PlaceAnswer(place=place, problem="api.test: 192.0.2.7:53: no answer")
        for place in ("Paris", "Rome", "Tokyo")
    ]

    dns = make_two_door_stack().dns
    assert dns is not None

    lines = [str(line) for line in format_answers(dns, answers)]

    assert lines == ["? clients in all 3 places: no answer"]


async def test_the_dns_door_has_records_checkers_and_answers(on_twin: CommandLine) -> None:
    on_twin.changes = {"dns": make_dns_outputs()}
    on_twin.aws.weights[OREGON] = 3
    on_twin.aws.inverted[OREGON] = True
    failure = "Failure: Connection timed out"
    on_twin.aws.checker_reports[FRANKFURT][:2] = [failure, failure]
    deployment = on_twin.context().open_deployment()
    assert deployment.dns is not None
    view = await deployment.telemetry().view()
    door = DnsDoorStatus(
        checkers=await deployment.dns.read_checkers(),
        answers=(
            PlaceAnswer(place="Paris", addresses=("192.0.2.1",), region=FRANKFURT, ttl_s=9.0),
            PlaceAnswer(place="Rome", addresses=("192.0.2.1",), region=FRANKFURT, ttl_s=9.0),
            PlaceAnswer(place="Portland", problem="api.test: 192.0.2.7:53: no answer"),
            PlaceAnswer(place="Tokyo", problem="api.test: 192.0.2.15:53: no answer"),
        ),
    )
    buffer = io.StringIO()

    print_status(
        deployment.location,
        deployment.stack,
        SystemStatus(view=view, door=door, drill=LeaseStatus(state="free")),
        on_twin.aws.clock.now(),
        Console(file=buffer, width=80),
    )

    output = buffer.getvalue()
    rows = {line.split()[0]: line.split()[1:] for line in output.splitlines()[7:11] if line}
    assert rows[FRANKFURT] == ["healthy", "14", "of", "16", "off", "100"]
    assert rows[OREGON] == ["unhealthy", "16", "of", "16", "on", "3"]
    assert f"eu-central-1, 2 checkers in eu-west-1: {failure}" in output
    assert "clients in Paris, Rome get eu-central-1" in output
    assert "? clients in Portland, Tokyo: no answer" in output
    assert "! us-west-2: its health check in Route 53 is inverted" in output
