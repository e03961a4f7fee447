"""Asks a person before a change is made."""

import click

NOT_CONFIRMED = "not confirmed; nothing was changed"


def confirm(question: str) -> bool:
    """Ask on stderr. Ctrl-C and the end of input say NOT_CONFIRMED and raise click.Abort."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        click.echo(f"\n{NOT_CONFIRMED}", err=True)
        raise
