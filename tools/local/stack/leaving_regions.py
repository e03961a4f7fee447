"""Finds the Regions that `make up` would delete, and asks before it does.

They are deployed, and the stack's file no longer lists them. `make up` runs Pulumi without a
preview, which would cost seconds each time: what is deployed is read from Pulumi's own record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from common.command.confirmation import NOT_CONFIRMED, Ask
from common.command.exit_codes import ExitCode
from common.command.wording import count_of
from tools.local.stack.stack_config import FILE
from twin.errors import TwinError, UsageError

WAY = "DELETE_REGIONS=1"
_REGIONAL = "muster:infra:RegionalFunction"
"""Type of the component that each deployed Region has, and that has the Region's name."""
_DOORS = ("front-door", "dns-front-door")
"""Names of the components whose resources lead clients to a Region."""


class DeletionRefused(TwinError):
    """Something would be deleted, and nobody has said that it is meant."""

    exit_code = ExitCode.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingRegion:
    """A deployed Region that the stack's file no longer lists."""

    name: str
    resources: int
    """Its resources and components, as Pulumi counts them."""
    serves: bool
    """Whether a front door leads clients to it."""


def find_leaving_regions(
    resources: Sequence[Mapping[str, Any]], configured: Iterable[str]
) -> tuple[LeavingRegion, ...]:
    """`resources`: those of the stack, as Pulumi records them."""
    deployed = {_name(found) for found in resources if found.get("type") == _REGIONAL}
    return tuple(_describe(region, resources) for region in sorted(deployed - set(configured)))


def _describe(region: str, resources: Sequence[Mapping[str, Any]]) -> LeavingRegion:
    own = [found for found in resources if f"-{region}-" in f"-{_name(found)}-"]
    return LeavingRegion(
        name=region,
        resources=len(own),
        serves=any(_last_part(found.get("parent")) in _DOORS for found in own),
    )


def _name(resource: Mapping[str, Any]) -> str:
    return _last_part(resource.get("urn"))


def _last_part(urn: object) -> str:
    return str(urn or "").rpartition("::")[2]


def require_regions_may_leave(
    leaving: Sequence[LeavingRegion], *, agreed: bool, ask: Ask | None
) -> None:
    """Return if none leaves, or if it is meant; `ask`: None without a terminal.

    Raises DeletionRefused without an answer, UsageError after a no.
    """
    if leaving:
        require_deletion_is_meant(_format_end(leaving), way=WAY, agreed=agreed, ask=ask)


def require_deletion_is_meant(words: str, *, way: str, agreed: bool, ask: Ask | None) -> None:
    """Tell what would be deleted, and ask; `way`: the variable that agrees without a question.

    Raises DeletionRefused without an answer, UsageError after a no.
    """
    if agreed:
        click.echo(f"! {words}", err=True)
    elif ask is None:
        raise DeletionRefused(f"{words}; {way} deletes it all the same")
    elif not ask(f"{words}. Delete?"):
        raise UsageError(NOT_CONFIRMED)


def _format_end(leaving: Sequence[LeavingRegion]) -> str:
    named = ", ".join(f"{r.name} ({count_of(r.resources, 'resource')})" for r in leaving)
    words = (
        f"muster:regions of {FILE} leaves out what is deployed: {named} would be deleted, "
        "with the replicas of all tables there"
    )
    serving = ", ".join(region.name for region in leaving if region.serves)
    if not serving:
        return words
    return (
        f"{words}; clients are still led to {serving}: drain first, "
        'as "Taking a Region out" of docs/aws/changes.md says'
    )
