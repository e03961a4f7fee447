"""Asks a person before a change is made."""

import sys
from collections.abc import Callable

import click

Ask = Callable[[str], bool]
"""Asks a person a question; the answer."""
NOT_CONFIRMED = "not confirmed; nothing was changed"


def confirm(question: str) -> bool:
    """Ask on stderr. Ctrl-C and the end of input say NOT_CONFIRMED and raise click.Abort."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        click.echo(f"\n{NOT_CONFIRMED}", err=True)
        raise


def ask_on_terminal() -> Ask | None:
    """`confirm`; None without a terminal, where nobody can answer."""
    return confirm if sys.stdin.isatty() else None
