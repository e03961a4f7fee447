"""docs/muster.md names every setting, option and fault, and its names exist."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import click
import pytest

from muster.cli.main import cli
from muster.config import SETTING_KINDS
from muster.levers import FaultKind

PAGE = (Path(__file__).resolve().parents[3] / "docs/muster.md").read_text()
COMMANDS = ("status", "dial", "health", "fault", "restore", "probe", "notify", "completion")


def options(command: click.Command) -> Iterator[str]:
    """Every long option of a command and of what is below it."""
    for parameter in command.params:
        yield from (text for text in parameter.opts if text.startswith("--"))
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from options(below)


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_its_options_are_on_the_page(name: str) -> None:
    assert f"`muster {name}" in PAGE
    missing = [option for option in options(command(name)) if option not in PAGE]
    assert missing == []


def test_every_setting_is_on_the_page_with_its_option_and_its_variables() -> None:
    for name, kind in SETTING_KINDS.items():
        (row,) = re.findall(rf"^\| `{name}` \|.*$", PAGE, re.MULTILINE)
        assert all(variable in row for variable in kind.variables)
    for parameter in cli.params:
        assert f"`{parameter.opts[0]}`" in PAGE


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_every_fault_is_on_the_page(kind: str) -> None:
    assert f"| `{kind}` |" in PAGE


def test_the_modules_that_the_page_names_are_there() -> None:
    named = set(re.findall(r"`(muster(?:\.[a-z_]+)+)`", PAGE)) - {"muster.yaml"}

    assert len(named) > 8
    for name in named:
        import_module(name)


def test_the_example_imports_what_there_is() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    for node in ast.parse(example).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            module = import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name) or import_module(f"{node.module}.{alias.name}")
