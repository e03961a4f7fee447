"""`twin completion`, and what it offers: Regions, cities and roles of this folder's twin.

Reads the names of files alone, and calls no process.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from common.command.completion import completion_command
from twin import geography
from twin.errors import TwinError
from twin.runtime import roles
from twin.runtime.instance import Instance, find_instance

completion = completion_command("twin")

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completer(find_names: Callable[[Instance], Iterable[str]]) -> Completer:
    """Completes to the names that begin so, in any case; to nothing without a readable home."""

    def complete(
        _ctx: click.Context, _param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            names = list(find_names(find_instance(os.environ, Path.cwd())))
        except TwinError:
            return []
        begin = incomplete.casefold()
        return [
            CompletionItem(_as_one_word(name))
            for name in names
            if name.casefold().startswith(begin)
        ]

    return complete


def _as_one_word(name: str) -> str:
    """With a backslash before a blank for bash, which takes an offer as typed.

    Its script reads the backslash away, so there are two. zsh and fish quote by themselves.
    """
    is_bash = os.environ.get("_TWIN_COMPLETE", "").startswith("bash")
    return name.replace(" ", r"\\ ") if is_bash else name


complete_region = _completer(roles.started_regions)
complete_role = _completer(lambda home: (*roles.CORE_ROLES, *roles.started_regions(home)))
complete_city = _completer(lambda _home: (city.name for city in geography.CITIES))
