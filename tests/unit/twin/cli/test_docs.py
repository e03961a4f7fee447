"""docs/twin.md names every command and option of `twin`, every fault and every metric."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from twin.cli.main import COMMANDS, cli
from twin.core.faults import FaultKind

TEXT = (Path(__file__).parents[4] / "docs" / "twin.md").read_text()
WORDS = set(re.findall(r"--[a-z0-9-]+", TEXT))
ONE_PROCESS = ("control", "edge", "route53", "cities")
"""Groups of the same five commands; the page names the groups."""
NO_METRICS = {"Bytes", "ProcessedBytes", "Seconds", "Milliseconds", "LambdaConnectionError"}
"""Units, and other words of the files that name the metrics."""


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", found) for sub, found in command.commands.items())
        else:
            yield name, command


ALL = dict(commands())


@pytest.mark.parametrize("name", [name for name in ALL if name.split()[0] not in ONE_PROCESS])
def test_every_command_is_named(name: str) -> None:
    assert f"`twin {name}" in TEXT


@pytest.mark.parametrize("name", ALL)
def test_every_option_is_named(name: str) -> None:
    long = {
        option
        for parameter in ALL[name].params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }

    assert long - WORDS == set()


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_has_its_command(kind: FaultKind) -> None:
    assert any(part in TEXT for part in (f" {kind} ", f" {kind.replace('-', ' ')} "))


def test_every_metric_is_named() -> None:
    root = Path(__file__).parents[4] / "twin"
    sources = (
        "edge/metrics.py",
        "region/alb/metrics.py",
        "region/lambdas/metrics.py",
        "route53/health_checks/check_metrics.py",
    )
    text = "".join((root / source).read_text() for source in sources)
    names = re.findall(
        r'"([A-Z]\w+(?:Count|Error|s|Duration|In|Out|Found|Time|Status|Healthy|Byte))"', text
    )

    assert len(names) > 12
    assert set(names) - set(re.findall(r"\w+", TEXT)) - NO_METRICS == set()
