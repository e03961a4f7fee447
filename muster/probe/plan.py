"""The plan of a probe run: a printable value, checked before anything is sent.

Decides the limits of a sensible plan, and the mix of traffic that `muster probe` and a drill share.
Pure.
"""

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import ip_address

from muster.errors import InvalidProbePlan
from muster.measure.samples import Cohort

NEW_WEIGHT, KEEPALIVE_WEIGHT, WRITE_READ_WEIGHT = 8.0, 2.0, 2.0
MAX_RATE = 2000.0
MAX_OPEN = 20_000
RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """One static address of the accelerator."""

    ip: str
    port: int = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class VantagePoint:
    """A point that requests are sent from."""

    name: str
    source: str | None = None
    """Source address; None lets the system choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortShare:
    """A cohort's share of the rate, relative to the other cohorts' weights."""

    cohort: Cohort
    weight: float = 1.0


def cohort_shares(*, writes: bool) -> tuple[CohortShare, ...]:
    """The mix that `muster probe` and drills share, so that their figures compare."""
    requests = (
        CohortShare(cohort=Cohort.NEW, weight=NEW_WEIGHT),
        CohortShare(cohort=Cohort.KEEPALIVE, weight=KEEPALIVE_WEIGHT),
    )
    write_reads = CohortShare(cohort=Cohort.WRITE_READ, weight=WRITE_READ_WEIGHT)
    return (*requests, write_reads) if writes else requests


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """A probe run. Times in seconds."""

    run: str
    """Id of the run: 1 to 16 of a-z, 0-9 and `-`. It is part of the ids of written items."""
    targets: tuple[ProbeTarget, ...]
    """Static addresses, used alternately."""
    vantages: tuple[VantagePoint, ...] = (VantagePoint(name="here"),)
    shares: tuple[CohortShare, ...] = (CohortShare(cohort=Cohort.NEW),)
    rate: float = 20.0
    """Requests per second in all, split over cohorts, vantage points and addresses."""
    duration_s: float | None = None
    """Length of the schedule; None: until stopped."""
    path: str = "/get/foobar"
    """Path of the requests of `new` and `keepalive`."""
    host: str | None = None
    """Host header, and the name that TLS verifies; None: the address itself."""
    tls: bool = False
    connect_timeout_s: float = 1.0
    """Bounds connecting, TLS handshake included."""
    total_timeout_s: float = 3.0
    """Bounds a request from its sending to the end of its response."""
    max_open: int = 8000
    """Most requests under way at once; further ones that come due are recorded as lost. In an
    outage `rate` times `total_timeout_s` are under way."""
    kept_connections: int = 2
    """Kept connections for each pair of vantage point and address."""
    read_later_s: float = 5.0
    """Seconds from an item's acknowledgement to its second read."""
    rewrite_every: int = 2
    """Every n-th item that the second read misses is written again; 0: none."""


def check_probe_plan(plan: ProbePlan) -> ProbePlan:
    """The same plan. Raises InvalidProbePlan naming the field, its value and the rule."""
    if not RUN_ID.fullmatch(plan.run):
        raise InvalidProbePlan("run", plan.run, "1 to 16 of a-z, 0-9 and '-'")
    _check_targets(plan)
    _check_vantages(plan)
    _check_shares(plan)
    _check_request(plan)
    _check_numbers(plan)
    return plan


def item_prefix(plan: ProbePlan, vantage: VantagePoint) -> str:
    """Prefix of the ids of the items that this vantage point writes; a number follows."""
    plain = unicodedata.normalize("NFKD", vantage.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:20]
    return f"muster-{plan.run}-{plan.vantages.index(vantage)}{slug}-"


def _check_targets(plan: ProbePlan) -> None:
    ips = [t.ip for t in plan.targets]
    if not ips or len(set(ips)) != len(ips):
        raise InvalidProbePlan("targets", ips, "one static address or more, each once")
    for i, target in enumerate(plan.targets):
        _check_ip(f"targets[{i}].ip", target.ip)
        if not 1 <= target.port <= 65535:
            raise InvalidProbePlan(f"targets[{i}].port", target.port, "1 to 65535")


def _check_vantages(plan: ProbePlan) -> None:
    names = [v.name for v in plan.vantages]
    if not names or len(set(names)) != len(names) or not all(names):
        raise InvalidProbePlan("vantages", names, "one name or more, each once")
    versions = {ip_address(t.ip).version for t in plan.targets}
    for i, vantage in enumerate(plan.vantages):
        if vantage.source is None:
            continue
        _check_ip(f"vantages[{i}].source", vantage.source)
        if {ip_address(vantage.source).version} != versions:
            raise InvalidProbePlan(
                f"vantages[{i}].source", vantage.source, "of the same IP version as every target"
            )


def _check_ip(field: str, value: str) -> None:
    try:
        ip_address(value)
    except ValueError:
        raise InvalidProbePlan(field, value, "an IP address") from None


def _check_shares(plan: ProbePlan) -> None:
    cohorts = [s.cohort for s in plan.shares]
    if not cohorts or len(set(cohorts)) != len(cohorts):
        raise InvalidProbePlan("shares", [str(c) for c in cohorts], "one cohort or more, each once")
    for i, share in enumerate(plan.shares):
        if not 0 < share.weight <= 1000:
            raise InvalidProbePlan(f"shares[{i}].weight", share.weight, "above 0 and at most 1000")


def _check_request(plan: ProbePlan) -> None:
    if not re.fullmatch(r"/[!-~]*", plan.path):
        raise InvalidProbePlan(
            "path", plan.path, "a path of visible ASCII characters, beginning with /"
        )
    if plan.host is not None and not re.fullmatch(r"[A-Za-z0-9._:\[\]-]{1,255}", plan.host):
        raise InvalidProbePlan("host", plan.host, "a host name, with a port or without")
    if plan.tls and plan.host is None:
        raise InvalidProbePlan("host", plan.host, "given with tls: it is the name that is checked")


def _check_numbers(plan: ProbePlan) -> None:
    _check_range("rate", plan.rate, MAX_RATE)
    if plan.duration_s is not None:
        _check_range("duration_s", plan.duration_s, 7 * 86400)
    _check_range("connect_timeout_s", plan.connect_timeout_s, 60)
    _check_range("total_timeout_s", plan.total_timeout_s, 120)
    if plan.connect_timeout_s > plan.total_timeout_s:
        raise InvalidProbePlan(
            "connect_timeout_s", plan.connect_timeout_s, "at most total_timeout_s"
        )
    _check_range("max_open", plan.max_open, MAX_OPEN)
    _check_range("kept_connections", plan.kept_connections, 100)
    _check_range("read_later_s", plan.read_later_s, 3600)
    if not 0 <= plan.rewrite_every <= 1000:
        raise InvalidProbePlan("rewrite_every", plan.rewrite_every, "0 to 1000")


def _check_range(field: str, value: float, most: float) -> None:
    if not 0 < value <= most:
        raise InvalidProbePlan(field, value, f"above 0 and at most {most:g}")
