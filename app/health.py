"""Answers the load balancer's health check: the health switch first, then a read of the tables.

Which services' tables it reads is configuration: the failure of another one's table leaves the
Region its traffic.

The switch is the item `health#REGION` of the control table, which the function may only read. An
operator writes it to empty a Region by data planes alone:

    status  fail: answer 503    pass: answer 200, read nothing   auto: read the tables
    until   epoch seconds (a number) after which the switch counts as auto; absent: no end
    by, why who set it, and the reason; only logged

`until` is checked here, since DynamoDB's TTL deletes items days late:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html

A switch that can't be read keeps its last value for 30 s, then counts as auto: an operator's
setting survives a short failure of the table, but not a long one. A malformed switch counts as
auto.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.clock import Clock
from app.errors import SwitchMalformed, TableUnavailable
from app.http.messages import Page, Request
from app.http.pages import health_page
from app.logs import RequestLog
from app.service import Route, Segments
from app.table import Attributes, Table, read_text

KEEP_LAST_S = 30.0


class SwitchStatus(StrEnum):
    """Setting of the health switch."""

    FAIL = "fail"
    PASS = "pass"  # noqa: S105 - a status, no password
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSwitch:
    """The content of the switch's item."""

    status: SwitchStatus
    until: float = math.inf
    """Epoch seconds after which it counts as auto."""
    by: str = ""
    why: str = ""

    def status_at(self, now: float) -> SwitchStatus:
        """The effective status at this time (epoch seconds)."""
        return self.status if now < self.until else SwitchStatus.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthResult:
    """The answer to a health check."""

    status: int
    reason: str
    """Public, so without the operator's reason."""


AUTO = HealthSwitch(status=SwitchStatus.AUTO)


def parse_switch(item: Attributes | None) -> HealthSwitch:
    """The switch in the control table's item; without an item, auto. Raises SwitchMalformed."""
    if item is None:
        return AUTO
    text = read_text(item, "status") or ""
    try:
        status = SwitchStatus(text)
    except ValueError:
        allowed = ", ".join(SwitchStatus)
        raise SwitchMalformed(f"status is '{text}'; one of {allowed} (a string)") from None
    return HealthSwitch(
        status=status,
        until=_parse_until(item),
        by=read_text(item, "by") or "",
        why=read_text(item, "why") or "",
    )


def _parse_until(item: Attributes) -> float:
    if "until" not in item:
        return math.inf
    text = read_text(item, "until", "N") or ""
    try:
        until = float(text)
    except ValueError:
        raise SwitchMalformed(f"until is '{text}'; epoch seconds (a number)") from None
    return until


class HealthCheck:
    """Answers health checks; keeps the switch between them."""

    def __init__(
        self,
        *,
        region: str,
        control: Table,
        probes: Mapping[str, Callable[[], object]],
        clock: Clock,
        log: RequestLog,
    ) -> None:
        """`probes`: by service, a read of its table that raises TableUnavailable."""
        self._item_id = f"health#{region}"
        self._control = control
        self._probes = probes
        self._clock = clock
        self._log = log
        self._last = AUTO
        self._read_at = -math.inf

    def check(self) -> HealthResult:
        """Read the switch, and the tables unless the switch decides, within the time budget.

        The switch has two attempts at most, which leaves time for one of a table.
        """
        switch = self._read_switch()
        match switch.status_at(self._clock.now()):
            case SwitchStatus.FAIL:
                self._log.line("WARNING", "switched off", by=switch.by, why=switch.why)
                return HealthResult(status=503, reason="switched off")
            case SwitchStatus.PASS:
                return HealthResult(status=200, reason="switched on, the table was not asked")
            case SwitchStatus.AUTO:
                return self._check_tables()

    def _read_switch(self) -> HealthSwitch:
        try:
            item = self._control.get({"item_id": {"S": self._item_id}})
        except TableUnavailable as exc:
            return self._last_switch(exc)
        try:
            self._last = parse_switch(item)
        except SwitchMalformed as exc:
            self._log.line("ERROR", f"health switch {self._item_id}: {exc}; taken as auto")
            self._last = AUTO
        self._read_at = self._clock.now()
        return self._last

    def _last_switch(self, exc: TableUnavailable) -> HealthSwitch:
        # Wall time, since the monotonic clock may stop while the execution environment is frozen.
        kept = self._clock.now() - self._read_at <= KEEP_LAST_S
        switch = self._last if kept else AUTO
        self._log.line("ERROR", f"health switch can't be read: {exc}", taken_as=switch.status)
        return switch

    def _check_tables(self) -> HealthResult:
        """Read one table after the other, to the first that fails."""
        for service, probe in self._probes.items():
            try:
                probe()
            except TableUnavailable as exc:
                self._log.line("ERROR", f"table of {service} can't be read: {exc}")
                return HealthResult(status=503, reason=f"the table of {service} does not answer")
        if len(self._probes) == 1:
            return HealthResult(status=200, reason="the table answers")
        return HealthResult(status=200, reason=f"{len(self._probes)} tables answer")


def make_health_route(health: HealthCheck, region: str) -> Route:
    """GET /health, which every function has."""

    def answer(_request: Request, _segments: Segments) -> Page:
        result = health.check()
        return health_page(result.status, result.reason, region)

    return Route(method="GET", template="/health", answer=answer, html=True)
