"""The table of `muster status`."""

import io

from rich.console import Console

from muster.cli.status_table import print_status
from tests.unit.muster.cli.builders import Capture, set_switch
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import FRANKFURT, OREGON


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


async def test_status_fits_into_80_columns(on_twin: CommandLine) -> None:
    on_twin.aws.dials[OREGON] = 99.5
    set_switch(on_twin, "fail", 580)
    on_twin.aws.metrics = {("ReplicationLatency", OREGON): 3_500_000.0}
    deployment = on_twin.context().open_deployment()
    buffer = io.StringIO()
    view = await deployment.telemetry().view()

    print_status(
        deployment.location,
        deployment.stack,
        view,
        on_twin.aws.clock.now(),
        Console(file=buffer, width=80),
    )

    assert all(len(line) <= 80 for line in buffer.getvalue().splitlines())
    assert "…" not in buffer.getvalue()
