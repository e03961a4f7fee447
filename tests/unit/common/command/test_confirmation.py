"""A question before a change, and what is said when it gets no answer."""

import click
from click.testing import CliRunner

from common.command.confirmation import confirm


@click.command
def change() -> None:
    click.echo("changed" if confirm("Go ahead?") else "left")


def test_yes_and_no_are_answers() -> None:
    assert CliRunner().invoke(change, input="y\n").stdout == "changed\n"
    assert CliRunner().invoke(change, input="n\n").stdout == "left\n"


def test_without_an_answer_nothing_is_changed_and_a_line_says_so() -> None:
    result = CliRunner().invoke(change, input="")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[1:] == ["not confirmed; nothing was changed", "Aborted!"]
    assert result.stdout == ""
