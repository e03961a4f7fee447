"""`muster completion`: print a shell's completion script."""

import click
from click.shell_completion import get_completion_class

VARIABLE = "_MUSTER_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash   eval "$(muster completion bash)"      in ~/.bashrc (bash 4.4 or later)
    zsh    eval "$(muster completion zsh)"       in ~/.zshrc
    fish   muster completion fish > ~/.config/fish/completions/muster.fish
    """
    completion_class = get_completion_class(shell)
    assert completion_class is not None  # noqa: S101 - click has all three
    click.echo(completion_class(ctx.find_root().command, {}, "muster", VARIABLE).source())
