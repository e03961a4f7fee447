"""Errors of reads, collected while other reads go on; one line for each reason."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from muster.errors import CallFailed, MalformedSwitch

T = TypeVar("T")


@dataclass
class ReadErrors:
    _by_reason: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(where, reason) -> what could not be read."""

    async def attempt(self, what: str, where: str, read: Callable[[], Awaitable[T]]) -> T | None:
        """The answer; None if it failed, with the error collected. `where`: a Region or system.

        `read` is called here, so that nothing waits to be awaited if this is cancelled before.
        """
        try:
            return await read()
        except CallFailed as exc:
            self.add_failed_call(what, where, exc)
        except MalformedSwitch as exc:
            self.add(what, where, str(exc))
        return None

    def add_failed_call(self, what: str, where: str, error: CallFailed) -> None:
        self.add(what, where, f"{error.code}: {error.why}")

    def add(self, what: str, where: str, reason: str) -> None:
        """Collect something that could not be read."""
        self._by_reason.setdefault((where, reason), []).append(what)

    def add_all(self, other: "ReadErrors") -> None:
        """Collect what another collection has."""
        for (where, reason), things in other._by_reason.items():
            self._by_reason.setdefault((where, reason), []).extend(things)

    def describe(self) -> tuple[str, ...]:
        """One line for each reason, in an order that does not depend on timing."""
        places: dict[str, dict[str, list[str]]] = {}
        for (where, reason), things in self._by_reason.items():
            places.setdefault(reason, {})[where] = sorted(things)
        return tuple(
            f"{_format_places(things)} could not be read: {reason}"
            for reason, things in places.items()
        )


def _format_places(things: Mapping[str, Sequence[str]]) -> str:
    """`us-west-2: dials`, or of several places `us-west-2 (dials), eu-central-1 (metrics)`."""
    if len(things) == 1:
        return ", ".join(f"{where}: {', '.join(what)}" for where, what in things.items())
    return ", ".join(f"{where} ({', '.join(what)})" for where, what in things.items())
