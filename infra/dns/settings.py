"""Settings of the DNS front door, and the rules of their keys.

How long clients stay with a Region that is gone follows from three of them: health checkers need
about `interval x threshold`, and resolvers keep the old answer for the rest of the TTL. A Region
that comes back is seen sooner than one that fails, since 18 percent of the checkers are enough:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from infra.configuration.reader import ConfigurationReader
from infra.configuration.regions import continent
from infra.configuration.rules import HTTPS_PORT, is_host_name, parse_by_region, parse_zone_id
from infra.targets import StackTarget

ALIAS_TTL_S = 60
"""An alias has the TTL of its target:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html"""
LONGEST_TTL_S = 172_800
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-basic.html"""
LONGEST_CERTIFIED_NAME = 64
"""https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html"""
CONTINENTS = ("AF", "AN", "AS", "EU", "NA", "OC", "SA")
"""https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html"""
CHECK_INTERVALS_S = ("10", "30")
"""https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"""


class DnsPolicy(StrEnum):
    """How Route 53 chooses a Region for a client."""

    LATENCY = "latency"
    WEIGHTED = "weighted"
    GEOLOCATION = "geolocation"
    FAILOVER = "failover"
    MULTIVALUE = "multivalue"
    TRAFFIC_POLICY = "traffic-policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoPlace:
    """Whose clients a Region serves by geolocation; the members that are not used are None."""

    continent: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2; `*` for every client without a place of its own."""
    subdivision: str | None = None
    """A state, with country US."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsCheckSettings:
    """The health checks of Route 53."""

    interval_s: int
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """The HTTP API of each Region."""

    rate_per_s: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsDoorSettings:
    """The DNS front door."""

    domain: str
    """The name that all Regions share."""
    zone_id: str | None
    """None: the stack makes the zone."""
    policy: DnsPolicy
    ttl_s: int
    check: DnsCheckSettings
    api: ApiSettings
    https_port: int
    """443, but for a twin whose user may not bind that."""
    places: Mapping[str, GeoPlace]
    """By Region, for geolocation."""
    addresses: Mapping[str, tuple[str, ...]]
    """By Region, for multivalue answers."""

    @property
    def made_zone(self) -> str:
        """Name of the zone that the stack makes: the domain without its first label."""
        return self.domain.partition(".")[2]

    @property
    def url(self) -> str:
        return self._url_of(self.domain)

    @property
    def regional_url(self) -> str:
        """URL of one Region alone, with `{region}` for its name."""
        return self._url_of(self.regional_name("{region}"))

    def _url_of(self, name: str) -> str:
        port = "" if self.https_port == HTTPS_PORT else f":{self.https_port}"
        return f"https://{name}{port}"

    def regional_name(self, region: str) -> str:
        """The name of one Region alone, which its health check asks."""
        return f"{region}.{self.domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackShape:
    """What the rules of the door's keys depend on."""

    regions: Sequence[str]
    home: str
    target: StackTarget
    has_dns_door: bool
    """Without the door its keys need not be complete."""


def parse_dns_door(reader: ConfigurationReader, shape: StackShape) -> DnsDoorSettings | None:
    """Read the door's keys; None for a stack without it."""
    zone_id = parse_zone_id(reader, "dns_zone_id")
    settings = DnsDoorSettings(
        domain=_parse_domain(reader, zone_id, must_be_set=shape.has_dns_door),
        zone_id=zone_id or None,
        policy=DnsPolicy(reader.choice("dns_policy", tuple(DnsPolicy), DnsPolicy.LATENCY)),
        ttl_s=reader.integer("dns_ttl_s", (1, LONGEST_TTL_S), ALIAS_TTL_S),
        check=_parse_check(reader),
        api=_parse_api(reader),
        https_port=_parse_https_port(reader, shape.target),
        places=_parse_places(reader, shape),
        addresses=_parse_addresses(reader),
    )
    if not shape.has_dns_door:
        return None
    if check := _CHECKS.get(settings.policy):
        check(reader, shape, settings)
    return settings


def _check_failover(
    reader: ConfigurationReader, shape: StackShape, _settings: DnsDoorSettings
) -> None:
    """A name has one primary and one secondary record:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-failover.html"""
    count = len(set(shape.regions))
    if count != 2 and not reader.has_problem("regions"):
        reader.refuse(
            "dns_policy", f"is between home_region and one other; there are {count} Regions"
        )


def _check_places(
    reader: ConfigurationReader, _shape: StackShape, settings: DnsDoorSettings
) -> None:
    """A name has one record for a place."""
    count = Counter(settings.places.values())
    double = sorted(region for region, place in settings.places.items() if count[place] > 1)
    if double and not reader.has_problem("dns_places") and not reader.has_problem("regions"):
        reader.refuse(
            "dns_places", f"must give {', '.join(double)} different places; theirs are the same"
        )


def _check_addresses(
    reader: ConfigurationReader, shape: StackShape, settings: DnsDoorSettings
) -> None:
    """A multivalue answer can't be an alias:
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
    lacking = ", ".join(region for region in shape.regions if region not in settings.addresses)
    if lacking and not reader.has_problem("dns_addresses"):
        reader.refuse(
            "dns_addresses",
            f"must name {lacking}: a multivalue answer is no alias, so each Region needs addresses"
            " that do not change",
        )


_CHECKS = {
    DnsPolicy.FAILOVER: _check_failover,
    DnsPolicy.GEOLOCATION: _check_places,
    DnsPolicy.MULTIVALUE: _check_addresses,
}
"""The other policies have no rule of their own."""


def _parse_domain(reader: ConfigurationReader, zone_id: str, *, must_be_set: bool) -> str:
    name = reader.text("dns_domain", "")
    if not name:
        if must_be_set:
            reader.refuse("dns_domain", "must be set, since muster:front_doors has dns")
        return name
    if not is_host_name(name):
        reader.refuse("dns_domain", "must be a host name in lower case, such as api.example.com")
    elif len(name) > LONGEST_CERTIFIED_NAME:
        reader.refuse("dns_domain", f"has {len(name)} characters, at most {LONGEST_CERTIFIED_NAME}")
    elif not zone_id and name.count(".") < 2:
        reader.refuse(
            "dns_domain",
            "needs muster:dns_zone_id, or three labels: a zone that the stack makes has the name"
            " without the first one",
        )
    return name


def _parse_check(reader: ConfigurationReader) -> DnsCheckSettings:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"""
    return DnsCheckSettings(
        interval_s=int(reader.choice("dns_check_interval_s", CHECK_INTERVALS_S, "10")),
        threshold=reader.integer("dns_check_threshold", (1, 10), 3),
    )


def _parse_api(reader: ConfigurationReader) -> ApiSettings:
    """An account's quotas in a Region are 10,000 a second and 5,000 at once, unless raised:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"""
    return ApiSettings(
        rate_per_s=reader.integer("api_rate_limit", (1, 100_000), 5_000),
        burst=reader.integer("api_burst_limit", (1, 100_000), 2_500),
    )


def _parse_https_port(reader: ConfigurationReader, target: StackTarget) -> int:
    port = reader.integer("dns_https_port", (1, 65535), HTTPS_PORT)
    if target is StackTarget.AWS and port != HTTPS_PORT:
        reader.refuse("dns_https_port", f"is {HTTPS_PORT} on AWS; API Gateway has no other")
    return port


def _parse_places(reader: ConfigurationReader, shape: StackShape) -> dict[str, GeoPlace]:
    """Each Region's place; by default its continent, and for the home Region every other client."""
    given = parse_by_region(
        reader,
        "dns_places",
        _parse_place,
        "{continent: EU}, {country: DE}, {country: US, subdivision: OR} or {country: '*'}",
    )
    return {name: given.get(name) or default_place(name, shape.home) for name in shape.regions}


def default_place(region: str, home: str) -> GeoPlace:
    return GeoPlace(country="*") if region == home else GeoPlace(continent=continent(region))


def _parse_place(_region: str, value: object) -> GeoPlace | None:
    match value:
        case {"continent": str(code), **rest} if not rest:
            return GeoPlace(continent=code) if code in CONTINENTS else None
        case {"country": "US", "subdivision": str(state), **rest} if not rest:
            return GeoPlace(country="US", subdivision=state) if _is_code(state) else None
        case {"country": str(code), **rest} if not rest:
            return GeoPlace(country=code) if code == "*" or _is_code(code) else None
    return None


def _is_code(text: str) -> bool:
    return re.fullmatch(r"[A-Z]{2}", text) is not None


def _parse_addresses(reader: ConfigurationReader) -> dict[str, tuple[str, ...]]:
    return parse_by_region(reader, "dns_addresses", _parse_address_list, "a list of IPv4 addresses")


def _parse_address_list(_region: str, value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not value:
        return None
    found = tuple(address for address in value if isinstance(address, str) and _is_ipv4(address))
    return found if len(found) == len(value) else None


def _is_ipv4(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(re.fullmatch(r"\d{1,3}", p) and int(p) < 256 for p in parts)
