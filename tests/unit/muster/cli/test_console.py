"""The width of what commands print."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from muster.cli.console import UNLIMITED_WIDTH, print_rows, stdout_console, text_width
from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal


def test_status_is_not_wrapped_for_a_pipe(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"globalaccelerator"}

    _, output, _ = on_twin.main("status", capsys)

    assert (
        "! Global Accelerator's API (us-west-2 only) can't be reached: no dial can be turned;"
        " health switches work without it\n"
    ) in output
    assert not any(line.endswith(" ") for line in output.splitlines())


def test_a_terminal_wraps_text_at_its_width_or_at_a_smaller_limit() -> None:
    """A pseudo terminal has 80 columns unless they are set."""
    program = (
        "from muster.cli.console import stdout_console, text_width\n"
        "print(text_width(60), text_width(1000), stdout_console().width)"
    )

    assert run_in_terminal(program, {}).split() == ["60", "80", "80"]


def test_a_pipe_has_no_limit(capsys: Capture) -> None:
    assert text_width(60) == UNLIMITED_WIDTH
    stdout_console().print("x" * 500)

    assert capsys.readouterr().out == f"{'x' * 500}\n"


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (
            29,
            [
                "Region        dial        lag",
                "eu-central-1  100 %         -",
                "us-west-2     50 % (100)  1 s",
            ],
        ),
        (
            28,
            ["eu-central-1", "  dial 100 %  lag -", "us-west-2", "  dial 50 % (100)  lag 1 s"],
        ),
        (
            20,
            ["eu-central-1", "  dial 100 %  lag -", "us-west-2", "  dial 50 % (100)", "  lag 1 s"],
        ),
    ],
)
def test_rows_are_a_table_or_blocks_where_it_would_be_cut(columns: int, lines: list[str]) -> None:
    buffer = io.StringIO()
    rows = [
        [Text("eu-central-1"), Text("100 %"), Text("-")],
        [Text("us-west-2"), Text("50 % (100)"), Text("1 s")],
    ]

    print_rows(Console(file=buffer, width=columns), ("Region", "dial", "lag"), rows, right={"lag"})

    assert [line.rstrip() for line in buffer.getvalue().splitlines()] == lines
