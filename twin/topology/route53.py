"""Route 53's part of the Topology: hosted zones, health checks and CIDR collections.

Route 53's servers and checkers work on it without control: changing records is a call of the
control plane in us-east-1, answering queries and checking health is the data plane.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html
"""

from dataclasses import dataclass
from typing import Literal

HealthCheckType = Literal[
    "HTTP",
    "HTTPS",
    "HTTP_STR_MATCH",
    "HTTPS_STR_MATCH",
    "TCP",
    "CALCULATED",
    "CLOUDWATCH_METRIC",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasTarget:
    """Another name whose answer is this record's."""

    zone_id: str
    """The target's hosted zone: this one's, or the zone id of an AWS service."""
    name: str
    """Absolute, lower case, with its final dot."""
    evaluate_target_health: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoLocation:
    """A place of geolocation routing: a continent, a country, or a state of the US."""

    continent: str = ""
    """AF AN AS EU OC NA SA; alone."""
    country: str = ""
    """ISO 3166-1 alpha-2, or `*` for the default."""
    subdivision: str = ""
    """A state, with country US."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoProximity:
    """A place of geoproximity routing: one of Region and coordinates, with its bias."""

    region: str = ""
    latitude: float | None = None
    longitude: float | None = None
    bias: int = 0
    """-99 to 99; a positive one enlarges the area of the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CidrLocation:
    """A location of a CIDR collection; `*` is the default."""

    collection_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRecordSet:
    """Records of one name and type; with a `set_identifier`, one member of a routing policy.

    Of `weight`, `region`, `failover`, `geo`, `proximity`, `cidr` and `multivalue` at most one is
    set: the routing policy. Of `values` and `alias` exactly one is.
    """

    name: str
    """Absolute, lower case, with its final dot, other characters as `\\ooo`."""
    type: str
    """A, AAAA, CNAME, ..."""
    ttl_s: int | None = None
    """None for an alias."""
    values: tuple[str, ...] = ()
    """In the format of zone files, as the API takes them."""
    alias: AliasTarget | None = None
    set_identifier: str = ""
    weight: int | None = None
    """0 to 255."""
    region: str = ""
    failover: Literal["", "PRIMARY", "SECONDARY"] = ""
    geo: GeoLocation | None = None
    proximity: GeoProximity | None = None
    cidr: CidrLocation | None = None
    multivalue: bool = False
    health_check_id: str = ""
    traffic_policy_instance_id: str = ""
    """Empty for a record that a user made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedZone:
    """A public hosted zone, its NS and SOA records among the others."""

    id: str
    """`Z` and capitals, without `/hostedzone/`."""
    name: str
    """Absolute, lower case, with its final dot."""
    records: tuple[ResourceRecordSet, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CidrCollection:
    """Named blocks of client addresses, for IP-based routing."""

    id: str
    name: str
    locations: dict[str, tuple[str, ...]]
    """Name of a location -> its CIDR blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmIdentifier:
    """The alarm whose metric a CLOUDWATCH_METRIC check follows."""

    region: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """A health check. Values that its type does not have are empty."""

    id: str
    version: int
    type: HealthCheckType
    ip_address: str = ""
    fqdn: str = ""
    port: int = 0
    resource_path: str = ""
    search_string: str = ""
    interval_s: int = 30
    """10 or 30, before the twin's speed divides it."""
    failure_threshold: int = 3
    measure_latency: bool = False
    inverted: bool = False
    disabled: bool = False
    enable_sni: bool = False
    regions: tuple[str, ...] = ()
    """Regions of the checkers; empty for all."""
    children: tuple[str, ...] = ()
    """Ids of the checks that a CALCULATED one counts."""
    health_threshold: int = 0
    """Healthy children that a CALCULATED check needs."""
    alarm: AlarmIdentifier | None = None
    insufficient_data_status: Literal["", "Healthy", "Unhealthy", "LastKnownStatus"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route53Topology:
    """Everything that Route 53's servers and checkers work on."""

    zones: tuple[HostedZone, ...] = ()
    health_checks: tuple[HealthCheck, ...] = ()
    cidr_collections: tuple[CidrCollection, ...] = ()
