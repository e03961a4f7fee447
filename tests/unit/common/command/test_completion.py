"""What the completion scripts are told; tests/functional has them in real shells."""

import click
import pytest
from click.shell_completion import CompletionItem, get_completion_class

from common.command.completion import completion_command, register_shells


@click.command()
@click.option(
    "--region",
    shell_complete=lambda _ctx, _param, begun: [
        CompletionItem(name, help="a Region") for name in ("us-west-2",) if name.startswith(begun)
    ],
)
@click.option("--out", type=click.Path())
@click.argument("name", type=click.Choice(["evacuate", "shift"]))
def demo(**options: object) -> None:
    """A command to complete."""


def told(shell: str, line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the program answers to a shell whose cursor is at the line's end."""
    register_shells()
    words = line.split(" ")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))
    kind = get_completion_class(shell)
    assert kind is not None
    return kind(demo, {}, "demo", "_DEMO_COMPLETE").complete()


@pytest.mark.parametrize(
    ("shell", "answer"),
    [
        ("bash", "plain,--region=us-west-2"),
        ("zsh", "plain\n--region=us-west-2\na Region"),
        ("fish", "plain,--region=us-west-2\ta Region"),
    ],
)
def test_a_value_is_offered_with_its_option(
    shell: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(shell, "demo --region=us", monkeypatch) == answer
    assert told(shell, "demo shift --region=", monkeypatch) == answer


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_an_option_before_the_cursor_keeps_its_value(
    shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "evacuate" in told(shell, "demo --region=us-west-2 ", monkeypatch)
    assert "--out=fi" in told(shell, "demo --out=fi", monkeypatch)
    assert told(shell, "demo --region eu", monkeypatch) == ""


def test_bash_completes_a_word_in_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("bash", 'demo "sh', monkeypatch) == "plain,shift"
    assert told("bash", "demo --region ", monkeypatch) == "plain,us-west-2"


def test_fish_shows_descriptions_beyond_their_first_comma(
    capsys: pytest.CaptureFixture[str],
) -> None:
    register_shells()

    completion_command("demo").main(["fish"], prog_name="demo", standalone_mode=False)

    script = capsys.readouterr().out
    assert 'string split --max 1 "," $completion' in script
    assert "complete --no-files --command demo" in script
