"""Which Pulumi commands read the stack file of the stack `local`. Pure.

Pulumi has `--config-file`, but no environment variable for it, so `.twin/bin/pulumi` adds the
option where it is needed and hands everything else on as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Commands that read the stack's configuration, with their aliases.
_READ_CONFIG = frozenset(
    {"up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "import", "watch"}
    | {"logs"}
)
# Options before the command that take a value of their own.
_WITH_VALUE = frozenset(
    {"-C", "--cwd", "--color", "-v", "--verbose", "--profiling", "--tracing", "--memprofilerate"}
    | {"--otel-traces"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command line asks for, as far as it matters here."""

    command: str
    """Empty when there is none."""
    stack: str
    """The stack's own name; empty when none is named."""
    folder: str
    """Of --cwd; empty when it is not given."""
    has_config_file: bool

    def reads_config(self) -> bool:
        """Whether the command reads a stack file that it does not name itself."""
        return self.command in _READ_CONFIG and not self.has_config_file


def parse(arguments: Sequence[str]) -> Asked:
    """Read a command line of Pulumi."""
    return Asked(
        command=_command(arguments),
        stack=stack_name(_option(arguments, "-s", "--stack")),
        folder=_option(arguments, "-C", "--cwd"),
        has_config_file=any(a.split("=")[0] == "--config-file" for a in arguments),
    )


def stack_name(qualified: str) -> str:
    """`local` of `organization/muster/local`."""
    return qualified.rpartition("/")[2]


def with_config_file(arguments: Sequence[str], path: str) -> list[str]:
    """The command line with the option, before a `--` that ends the options."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:end], "--config-file", path, *arguments[end:]]


def _command(arguments: Sequence[str]) -> str:
    previous = ""
    for argument in arguments:
        if not argument.startswith("-") and previous not in _WITH_VALUE:
            return argument
        previous = argument
    return ""


def _option(arguments: Sequence[str], short: str, long: str) -> str:
    for option, following in pairwise([*arguments, ""]):
        if option in (short, long):
            return following
        if option.startswith(f"{long}="):
            return option.partition("=")[2]
        if option.startswith(short) and not option.startswith("--"):
            return option.removeprefix(short).removeprefix("=")
    return ""
