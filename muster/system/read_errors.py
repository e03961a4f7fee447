"""What could not be read, and why: collected beside the answers, told in one line a reason."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

from muster.errors import CallFailed, MalformedSwitch

T = TypeVar("T")


@dataclass
class ReadErrors:
    """Where it is and the reason -> the things concerned."""

    by_reason: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    async def ask(self, what: str, where: str, answer: Awaitable[T]) -> T | None:
        """The answer, or None with its reason noted. `where`: a Region, or who was asked."""
        try:
            return await answer
        except CallFailed as exc:
            self.failed(what, where, exc)
        except MalformedSwitch as exc:
            self.note(what, where, str(exc))
        return None

    def failed(self, what: str, where: str, error: CallFailed) -> None:
        """Note a call that failed."""
        self.note(what, where, f"{error.code}: {error.why}")

    def note(self, what: str, where: str, reason: str) -> None:
        """Note something that could not be read."""
        self.by_reason.setdefault((where, reason), []).append(what)

    def words(self) -> tuple[str, ...]:
        """One line for each reason."""
        return tuple(
            f"{where}: {', '.join(sorted(things))} could not be read: {reason}"
            for (where, reason), things in self.by_reason.items()
        )
