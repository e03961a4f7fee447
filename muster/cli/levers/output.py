"""What a change by hand prints."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from muster.drill.guards.context import GuardVerdict
    from muster.levers.dial import DialChange
    from muster.levers.dns_door import InversionChange, WeightChange


def format_change(
    change: "DataclassInstance", verdicts: "Sequence[GuardVerdict]", **more: object
) -> str:
    """The change's fields, `more`, and in `guards` what each guard found."""
    guards = [asdict(verdict) for verdict in verdicts]
    return json.dumps({**asdict(change), **more, "guards": guards}, indent=2)


def print_change(
    change: "DialChange | WeightChange | InversionChange",
    verdicts: "Sequence[GuardVerdict]",
    words: str,
    *,
    as_json: bool,
) -> None:
    """The change in one line, `words`, with its notes; or as JSON."""
    if as_json:
        click.echo(format_change(change, verdicts))
        return
    click.echo(f"{change.region}: {words}")
    for note in change.notes:
        click.echo(f"! {note}")
