"""The plan of a probe run: a printable value, checked before anything is sent.

Decides the limits of a sensible plan, and the mix of traffic that `muster probe` and a drill share.
Pure.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from muster.errors import InvalidProbePlan
from muster.measure.samples import Cohort
from muster.model import FrontDoor
from muster.parsers import MAX_RATE, PATH_RULE, is_path

NEW_WEIGHT, KEEPALIVE_WEIGHT, WRITE_READ_WEIGHT = 8.0, 2.0, 2.0
DNS_WEIGHTS: Mapping[Cohort, float] = {
    Cohort.DNS_TTL: 4.0,
    Cohort.DNS_CHROME: 1.0,
    Cohort.DNS_FIREFOX: 1.0,
    Cohort.DNS_JVM: 1.0,
    Cohort.DNS_POOL: 1.0,
}
ACCELERATOR_COHORTS = (Cohort.NEW, Cohort.KEEPALIVE)
DNS_PORT = 53
MAX_OPEN = 20_000
RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTarget:
    """One static address of the accelerator."""

    ip: str
    port: int = 80


@dataclass(frozen=True, slots=True)
class ResolverAddress:
    """Where a resolver listens."""

    ip: str
    port: int = DNS_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class VantagePoint:
    """A point that requests are sent from."""

    name: str
    source: str | None = None
    """Source address; None lets the system choose."""
    resolver: str | None = None
    """Resolver of its clients, `ADDRESS` or `ADDRESS:PORT`; None: the machine's own."""

    @property
    def resolver_address(self) -> ResolverAddress | None:
        """Where `resolver` listens. Raises ValueError."""
        return parse_resolver(self.resolver) if self.resolver else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedService:
    """The DNS door: HTTPS at a name, which the clients of the cohorts resolve."""

    name: str
    port: int = 443
    ca_file: str | None = None
    """PEM file of the certificates to trust; None: the system's."""
    cache_speed: float = 1.0
    """Divides the times for which clients keep an address: a twin's speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortShare:
    """A cohort's share of the rate, relative to the other cohorts' weights."""

    cohort: Cohort
    weight: float = 1.0


def cohort_shares(
    *, writes: bool, doors: Sequence[FrontDoor] = ("accelerator",)
) -> tuple[CohortShare, ...]:
    """The mix that `muster probe` and drills share, so that their figures compare."""
    weights: dict[Cohort, float] = {}
    if "accelerator" in doors:
        weights |= {Cohort.NEW: NEW_WEIGHT, Cohort.KEEPALIVE: KEEPALIVE_WEIGHT}
    if writes:
        weights[Cohort.WRITE_READ] = WRITE_READ_WEIGHT
    if "dns" in doors:
        weights |= DNS_WEIGHTS
    return tuple(CohortShare(cohort=cohort, weight=weight) for cohort, weight in weights.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """A probe run. Times in seconds."""

    run: str
    """Id of the run: 1 to 16 of a-z, 0-9 and `-`. It is part of the ids of written items."""
    targets: tuple[ProbeTarget, ...] = ()
    """Static addresses, used alternately."""
    dns: NamedService | None = None
    """The name that the cohorts of the DNS door resolve; without static addresses all do."""
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


def parse_resolver(text: str) -> ResolverAddress:
    """`192.0.2.1`, `192.0.2.1:5300`, `[2001:db8::1]:53`. Raises ValueError."""
    found = re.fullmatch(r"(?:\[(?P<v6>[^]]+)\]|(?P<v4>[^:]+))(?::(?P<port>\d{1,5}))?", text)
    host = (found["v6"] or found["v4"]) if found else text
    port = int(found["port"] or DNS_PORT) if found else DNS_PORT
    if not 1 <= port <= 65535:
        raise ValueError(f"{text!r}: the port must be from 1 to 65535")
    return ResolverAddress(str(ip_address(host)), port)


def item_prefix(plan: ProbePlan, vantage: VantagePoint) -> str:
    """Prefix of the ids of the items that this vantage point writes; a number follows."""
    plain = unicodedata.normalize("NFKD", vantage.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:20]
    return f"muster-{plan.run}-{plan.vantages.index(vantage)}{slug}-"


def _check_targets(plan: ProbePlan) -> None:
    ips = [t.ip for t in plan.targets]
    if not (ips or plan.dns) or len(set(ips)) != len(ips):
        raise InvalidProbePlan("targets", ips, "one static address or more, each once")
    if plan.dns is not None:
        _check_name(plan.dns)
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
        if vantage.resolver is not None:
            _check_resolver(f"vantages[{i}].resolver", vantage.resolver)
        if vantage.source is None:
            continue
        _check_ip(f"vantages[{i}].source", vantage.source)
        if versions and {ip_address(vantage.source).version} != versions:
            raise InvalidProbePlan(
                f"vantages[{i}].source", vantage.source, "of the same IP version as every target"
            )


def _check_name(service: NamedService) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?", service.name):
        raise InvalidProbePlan("dns.name", service.name, "a host name")
    if not 1 <= service.port <= 65535:
        raise InvalidProbePlan("dns.port", service.port, "1 to 65535")
    _check_range("dns.cache_speed", service.cache_speed, 1000)


def _check_resolver(field: str, value: str) -> None:
    try:
        parse_resolver(value)
    except ValueError:
        raise InvalidProbePlan(field, value, "ADDRESS or ADDRESS:PORT") from None


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
        if share.cohort.door == "dns" and plan.dns is None:
            raise InvalidProbePlan("dns", None, f"given for the cohort {share.cohort}")
        if share.cohort in ACCELERATOR_COHORTS and not plan.targets:
            raise InvalidProbePlan("targets", [], f"given for the cohort {share.cohort}")
        if not 0 < share.weight <= 1000:
            raise InvalidProbePlan(f"shares[{i}].weight", share.weight, "above 0 and at most 1000")


def _check_request(plan: ProbePlan) -> None:
    if not is_path(plan.path):
        raise InvalidProbePlan("path", plan.path, PATH_RULE)
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
