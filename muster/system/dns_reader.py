"""The state of the DNS door: each Region's record and health check, from Route 53's API.

Route 53 allows five calls a second for a whole account, so a reading is kept for a while, and
one that is under way serves all who ask meanwhile:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

from common.aws import US_EAST_1
from common.clock import Clock
from muster.aws.clients import AwsClients
from muster.levers.dns_door import SERVICE, read_check_configs, read_records, records_of_regions
from muster.model import DnsOutputs, DnsRecordView
from muster.system.dns_answers import PlaceAnswer
from muster.system.read_errors import ReadErrors

KEPT_S = 3.0
"""How long a reading is kept: with three Regions it takes five calls."""
SUCCESS = "Success"
"""How the report of a checker begins whose last request succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckerReport:
    """What one health checker saw last."""

    region: str
    """The checker's own Region."""
    address: str
    status: str
    """`Success: HTTP Status Code 200, OK`, `Failure: ...`."""

    @property
    def healthy(self) -> bool:
        return self.status.startswith(SUCCESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsDoorStatus:
    """What a person wants to know of the DNS door beside a view."""

    checkers: Mapping[str, tuple[CheckerReport, ...]]
    """Region -> reports of its check's checkers."""
    answers: tuple[PlaceAnswer, ...]
    problem: str = ""
    """Why the places are not known."""


@dataclass(frozen=True, slots=True)
class _KeptReading:
    at_s: float
    view: dict[str, DnsRecordView] | None
    problems: ReadErrors
    checkers: Mapping[str, tuple[CheckerReport, ...]]
    outdated: tuple[str, ...] = ()


class DnsReader:
    """Reads one stack's DNS door."""

    def __init__(self, clients: AwsClients, dns: DnsOutputs, clock: Clock) -> None:
        self._clients = clients
        self._dns = dns
        self._clock = clock
        self._kept: _KeptReading | None = None
        self._under_way: asyncio.Future[_KeptReading] | None = None

    def forget(self) -> None:
        """Read anew next time: something was changed."""
        self._kept = self._under_way = None

    async def read(self, errors: ReadErrors) -> dict[str, DnsRecordView] | None:
        """Region -> its record; None if Route 53's API answers nothing."""
        kept = await self._read()
        errors.add_all(kept.problems)
        return kept.view

    @property
    def outdated(self) -> tuple[str, ...]:
        """In what the newest reading and the outputs differ, as lines for a person."""
        return self._kept.outdated if self._kept else ()

    async def read_checkers(self) -> Mapping[str, tuple[CheckerReport, ...]]:
        """Region -> the reports of its check's checkers, those that can be read."""
        return (await self._read()).checkers

    async def _read(self) -> _KeptReading:
        kept, now_s = self._kept, self._clock.monotonic()
        if kept is None or now_s - kept.at_s >= KEPT_S:
            if self._under_way is None or self._under_way.done():
                # Outlives a caller that gives up, since others may wait for it.
                self._under_way = asyncio.ensure_future(self._read_anew(now_s))
            kept = self._kept = await asyncio.shield(self._under_way)
        return kept

    async def _read_anew(self, now_s: float) -> _KeptReading:
        errors, dns = ReadErrors(), self._dns
        records, configs, *statuses = await asyncio.gather(
            errors.attempt("records", US_EAST_1, partial(read_records, self._clients, dns)),
            errors.attempt(
                "health checks", US_EAST_1, partial(read_check_configs, self._clients, dns)
            ),
            *(
                errors.attempt(f"health of {region}", US_EAST_1, partial(self._read_status, region))
                for region in dns.regions
            ),
        )
        reports = dict(zip(dns.regions, statuses, strict=True))
        known = {region: found for region, found in reports.items() if found is not None}
        if records is None and configs is None and not known:
            return _KeptReading(now_s, None, errors, {})
        own = records_of_regions(dns, records or {})
        view = {
            region: _record_view(
                region,
                own.get(region),
                configs[region] if configs else None,
                known.get(region),
            )
            for region in dns.regions
        }
        outdated = () if records is None else tuple(find_outdated_records(dns, records.keys()))
        return _KeptReading(now_s, view, errors, known, outdated)

    async def _read_status(self, region: str) -> tuple[CheckerReport, ...]:
        answer = await self._clients.read(
            SERVICE,
            US_EAST_1,
            "get_health_check_status",
            HealthCheckId=self._dns.regions[region].health_check_id,
        )
        return tuple(
            CheckerReport(
                region=seen.get("Region", ""),
                address=seen.get("IPAddress", ""),
                status=seen.get("StatusReport", {}).get("Status", ""),
            )
            for seen in answer["HealthCheckObservations"]
        )


def find_outdated_records(dns: DnsOutputs, found: Set[str]) -> Iterator[str]:
    """What the shared name has otherwise than the outputs say. `found`: its set identifiers.

    A traffic policy makes its records itself, so the outputs have no identifiers then.
    """
    own = {one.set_identifier: one.region for one in dns.regions.values() if one.set_identifier}
    for identifier in sorted(found - own.keys()) if own else ():
        yield f"{identifier} has a record of {dns.domain}, and is not in the outputs"
    for identifier, region in own.items():
        if identifier not in found:
            yield f"{region} is in the outputs, and has no record of {dns.domain} any more"


def _record_view(
    region: str,
    record: Mapping[str, Any] | None,
    config: Mapping[str, Any] | None,
    reports: Sequence[CheckerReport] | None,
) -> DnsRecordView:
    failures = [report.status for report in reports or () if not report.healthy]
    return DnsRecordView(
        region=region,
        weight=record.get("Weight") if record else None,
        inverted=bool(config.get("Inverted", False)) if config is not None else None,
        disabled=bool(config.get("Disabled", False)) if config is not None else None,
        checkers=None if reports is None else len(reports),
        healthy_checkers=None if reports is None else len(reports) - len(failures),
        failure=failures[0] if failures else "",
    )
