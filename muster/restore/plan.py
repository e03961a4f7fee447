"""What a restore is going to do: its times against what can be restored, its tables, its guards."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.command.wording import suggest_name
from muster.errors import InvalidUsage, RestoreRefused
from muster.formatting import format_duration
from muster.model import Stack
from muster.restore.journal import RestoreOpened
from muster.restore.moments import format_utc
from muster.restore.tables import RestoreWindow, TableFacts

MARK = "-restore-"
"""In the name of every restored table, so that a policy can be bounded to them."""
MAX_TABLE_NAME = 255
BEHIND_S = 300.0
"""How far the latest time that can be restored is behind: typically five minutes.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreTimes:
    """Seconds since 1970."""

    before_s: float
    after_s: float | None


def check_times(times: RestoreTimes, window: RestoreWindow, now_s: float) -> None:
    """`now_s` in seconds since 1970. Raises InvalidUsage and RestoreRefused."""
    if times.after_s is not None and times.after_s <= times.before_s:
        raise InvalidUsage("--after must be later than --before")
    for name, at_s in (("--before", times.before_s), ("--after", times.after_s)):
        if at_s is None:
            continue
        if at_s > now_s:
            raise InvalidUsage(f"{name} {format_utc(at_s)} lies in the future")
        if at_s < window.earliest_s:
            raise RestoreRefused(
                f"{name} {format_utc(at_s)} is before {format_utc(window.earliest_s)}, the earliest"
                " time that can be restored there"
            )
        if at_s > window.latest_s:
            raise RestoreRefused(
                f"{name} {format_utc(at_s)} is after {format_utc(window.latest_s)}, the latest time"
                " that can be restored now; on AWS it is about five minutes behind. Try again in"
                f" {format_duration(_wait_s(at_s, window, now_s))}"
            )


def _wait_s(at_s: float, window: RestoreWindow, now_s: float) -> float:
    """How long until this time can be restored.

    The latest time stands still at first, until recovery has been on for as long as it is behind.
    """
    if window.latest_s > window.earliest_s:
        return at_s - window.latest_s
    return at_s + BEHIND_S - now_s


def target_name(table: str, name: str, side: str) -> str:
    """The name of a restored table. Raises RestoreRefused."""
    target = f"{table}{MARK}{name}-{side}"
    if len(target) > MAX_TABLE_NAME:
        raise RestoreRefused(f"{target} has more than {MAX_TABLE_NAME} characters")
    return target


def check_service_table(table: str, tables: Mapping[str, str], control_table: str) -> str:
    """The table of a service, by its own or its service's name.

    Raises InvalidUsage for one that is not there, RestoreRefused for the control table.
    """
    found = tables.get(table, table)
    if found == control_table:
        raise RestoreRefused(
            f"{found} has health switches and the lease of drills, not data: set switches by"
            " `muster health`"
        )
    if found not in tables.values():
        known = ", ".join(f"{name} ({own})" for name, own in sorted(tables.items()))
        meant = suggest_name(table, (*tables, *tables.values()))
        raise InvalidUsage(
            f"{table} is not a service of the stack or its table{meant}; it has {known}"
        )
    return found


def check_own(opened: RestoreOpened, stack: Stack) -> None:
    """Refuse a restore that is of another stack's table or account. Raises RestoreRefused."""
    if opened.account != stack.account or opened.table not in (
        stack.table,
        *stack.services.values(),
    ):
        raise RestoreRefused(
            f"restore {opened.name} is of {opened.table} in account"
            f" {opened.account or 'unknown'}, not of this stack"
        )


def check_replicas(table: str, facts: TableFacts) -> None:
    """Refuse to write while a replica could not take it as usual. Raises RestoreRefused."""
    if wrong := {region: s for region, s in facts.replicas.items() if s != "ACTIVE"}:
        states = ", ".join(f"{region} is {status}" for region, status in sorted(wrong.items()))
        raise RestoreRefused(f"replicas of {table}: {states}; wait until all are ACTIVE")
    if facts.status not in ("ACTIVE", "UPDATING"):
        raise RestoreRefused(f"{table} is {facts.status}; wait until it is ACTIVE")


def check_restored(target: str, source: str, facts: TableFacts) -> None:
    """Only a table that was restored from the source may be deleted. Raises RestoreRefused."""
    own = facts.source_arn is not None and facts.source_arn.endswith(f":table/{source}")
    if not own or not target.startswith(f"{source}{MARK}"):
        raise RestoreRefused(
            f"{target} was not restored from {source}: it is left alone; delete it yourself if it"
            " is yours"
        )
