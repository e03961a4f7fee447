"""What the help screens of a command line look like on a terminal of 80 columns."""

import re
from collections.abc import Iterator

import click

COLUMNS = 80
_WIDTH = COLUMNS - 2
"""What click wraps at on such a terminal."""
_UNCLEAR = re.compile(
    r"""^ \s+ \w+ \s .* \.\.\. $                      # a command's line that is cut
      | (FLOAT|INTEGER|RANGE|TEXT) \b # a type of click's, not what is meant
    """,
    re.VERBOSE,
)


def find_unclear_helps(command: click.Command, name: str) -> Iterator[str]:
    """Lines of help that are cut or too wide, or name a type of click's."""
    context = click.Context(command, info_name=name, terminal_width=_WIDTH)
    for line in command.get_help(context).splitlines():
        if len(line) > COLUMNS or _UNCLEAR.search(line):
            yield f"{name}: {line}"
    if isinstance(command, click.Group):
        for one in command.list_commands(context):
            found = command.get_command(context, one)
            assert found is not None
            yield from find_unclear_helps(found, f"{name} {one}")
