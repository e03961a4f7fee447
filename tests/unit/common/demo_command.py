"""A command that the tests of groups import late."""

import click


@click.command()
def names() -> None:
    """Print names."""
    click.echo("a b")
