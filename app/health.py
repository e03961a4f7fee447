"""Whether this Region wants traffic: the health switch first, then a read of the table.

The switch is the item `health#REGION` of the control table, which the function may only read. An
operator writes it, so that a Region can be emptied by data planes alone:

    status  fail: answer 503    pass: answer 200, ask nothing    auto: the table decides
    until   epoch seconds (a number) from which on the switch counts as auto; none: no end
    by, why who set it and for what; only logged

`until` is judged here, since DynamoDB's TTL deletes days late:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html

A switch that can't be read keeps its last value for 30 s, then counts as auto: an operator's order
outlives a short failure, and does not outlive a long one. A malformed switch counts as auto.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from app.clock import Clock
from app.errors import SwitchMalformed, TableUnavailable
from app.logs import RequestLog
from app.store import Attributes, ItemStore, TimeBudget

KEEP_LAST_S = 30.0


class SwitchStatus(StrEnum):
    """What the switch says."""

    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - a word of the switch, no password
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSwitch:
    """One value of the switch."""

    order: SwitchStatus
    until: float = math.inf
    """Epoch seconds from which on it counts as auto."""
    by: str = ""
    why: str = ""

    def at(self, now: float) -> SwitchStatus:
        """What it says at this time (epoch seconds)."""
        return self.order if now < self.until else SwitchStatus.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResult:
    """The answer to a health check."""

    status: int
    reason: str
    """Public, so without the operator's words."""


AUTO = HealthSwitch(order=SwitchStatus.AUTO)


def parse_switch(item: Attributes | None) -> HealthSwitch:
    """The switch that the control table's item means; no item is auto. Raises SwitchMalformed."""
    if item is None:
        return AUTO
    try:
        order = SwitchStatus(_attribute(item, "status", "S"))
    except ValueError:
        allowed = ", ".join(SwitchStatus)
        raise SwitchMalformed(
            f"status is '{_attribute(item, 'status', 'S')}'; one of {allowed} (a string)"
        ) from None
    return HealthSwitch(
        order=order,
        until=_until(item),
        by=_attribute(item, "by", "S"),
        why=_attribute(item, "why", "S"),
    )


def _until(item: Attributes) -> float:
    if "until" not in item:
        return math.inf
    text = _attribute(item, "until", "N")
    try:
        until = float(text)
    except ValueError:
        raise SwitchMalformed(f"until is '{text}'; epoch seconds (a number)") from None
    return until


def _attribute(item: Attributes, name: str, kind: str) -> str:
    value = item.get(name, {}).get(kind, "")
    return value if isinstance(value, str) else ""


class HealthCheck:
    """Answers health checks, and remembers the switch between them."""

    def __init__(
        self, *, region: str, store: ItemStore, clock: Clock, log: RequestLog, budget: TimeBudget
    ) -> None:
        """The switch counts as auto until it has been read once."""
        self._item_id = f"health#{region}"
        self._store = store
        self._clock = clock
        self._log = log
        self._budget = budget
        self._last = AUTO
        self._read_at = -math.inf

    def now(self) -> HealthResult:
        """Ask what has to be asked, within the budget.

        The switch has its two tries at most, and the budget leaves time for the table's.
        """
        deadline = self._clock.monotonic() + self._budget.total_s
        switch = self._switch(deadline)
        match switch.at(self._clock.now()):
            case SwitchStatus.FAIL:
                self._log.line("WARNING", "switched off", by=switch.by, why=switch.why)
                return HealthResult(status=503, reason="switched off")
            case SwitchStatus.PASS:
                return HealthResult(status=200, reason="switched on, the table was not asked")
            case SwitchStatus.AUTO:
                return self._table(deadline)

    def _switch(self, deadline: float) -> HealthSwitch:
        try:
            item = self._store.control_item(self._item_id, deadline)
        except TableUnavailable as exc:
            return self._unread(exc)
        try:
            self._last = parse_switch(item)
        except SwitchMalformed as exc:
            self._log.line("ERROR", f"health switch {self._item_id}: {exc}; taken as auto")
            self._last = AUTO
        self._read_at = self._clock.now()
        return self._last

    def _unread(self, exc: TableUnavailable) -> HealthSwitch:
        # Wall time, since a frozen execution environment may not count the time it was frozen.
        kept = self._clock.now() - self._read_at <= KEEP_LAST_S
        switch = self._last if kept else AUTO
        self._log.line("ERROR", f"health switch can't be read: {exc}", taken_as=switch.order)
        return switch

    def _table(self, deadline: float) -> HealthResult:
        try:
            self._store.probe(deadline)
        except TableUnavailable as exc:
            self._log.line("ERROR", f"table can't be read: {exc}")
            return HealthResult(status=503, reason="the table does not answer")
        return HealthResult(status=200, reason="the table answers")
