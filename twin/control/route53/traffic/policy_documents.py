"""Traffic policy documents, read from their JSON.

https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html

Numbers and booleans may be texts. What is read here is whole: every reference leads somewhere, and
no rule leads to itself.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from twin.control.route53.records.geo_locations import find_place
from twin.errors import TwinError
from twin.geography import REGION_NAMES
from twin.topology.route53 import GeoLocation, GeoProximity, ResourceRecordSet

FORMAT_VERSIONS = ("2015-10-01", "2023-05-09")
ENDPOINT_TYPES = (
    "value",
    "cloudfront",
    "application-load-balancer",
    "elastic-load-balancer",
    "network-load-balancer",
    "elastic-beanstalk",
    "s3-website",
)
RECORD_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "PTR", "SPF", "SRV", "TXT")
_REGION_PREFIX = "aws:route53:"
_MAX_WEIGHT = 255
_MAX_BIAS = 99


class InvalidDocument(TwinError):
    """A text is no traffic policy document; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEndpoint:
    """Where traffic ends."""

    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTarget:
    """What one member of a rule leads to."""

    endpoint: str = ""
    """Id of an endpoint, or empty."""
    rule: str = ""
    """Id of a rule, or empty."""
    policy: ResourceRecordSet
    """The member's routing policy: a record set without name and contents."""
    evaluate_target_health: bool = True
    health_check_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDocument:
    """A whole document."""

    record_type: str
    endpoints: Mapping[str, PolicyEndpoint]
    rules: Mapping[str, tuple[PolicyTarget, ...]]
    start_endpoint: str = ""
    start_rule: str = ""


def read_policy_document(text: str) -> PolicyDocument:
    """Raises InvalidDocument."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise InvalidDocument(f"The document is not JSON: {exc}") from exc
    given = _mapping(content, "The document")
    version = given.get("AWSPolicyFormatVersion", FORMAT_VERSIONS[0])
    if version not in FORMAT_VERSIONS:
        raise InvalidDocument(f"AWSPolicyFormatVersion is not one of {', '.join(FORMAT_VERSIONS)}")
    kind = given.get("RecordType")
    if kind not in RECORD_TYPES:
        raise InvalidDocument(f"RecordType is not one of {', '.join(RECORD_TYPES)}")
    endpoints = {
        name: _read_endpoint(name, one)
        for name, one in _mapping(given.get("Endpoints", {}), "Endpoints").items()
    }
    rules = {
        name: tuple(_read_rule(name, one))
        for name, one in _mapping(given.get("Rules", {}), "Rules").items()
    }
    start_endpoint, start_rule = _text(given, "StartEndpoint"), _text(given, "StartRule")
    if bool(start_endpoint) == bool(start_rule):
        raise InvalidDocument("Exactly one of StartEndpoint and StartRule must be given")
    document = PolicyDocument(
        record_type=str(kind),
        endpoints=endpoints,
        rules=rules,
        start_endpoint=start_endpoint,
        start_rule=start_rule,
    )
    _check_references(document)
    return document


def _read_endpoint(name: str, value: object) -> PolicyEndpoint:
    given = _mapping(value, f"Endpoint '{name}'")
    kind = given.get("Type")
    if kind not in ENDPOINT_TYPES:
        raise InvalidDocument(f"Endpoint '{name}': Type is not one of {', '.join(ENDPOINT_TYPES)}")
    target = _text(given, "Value")
    if not target:
        raise InvalidDocument(f"Endpoint '{name}': Value is missing")
    if kind == "s3-website" and not given.get("Region"):
        raise InvalidDocument(f"Endpoint '{name}': Region is missing")
    return PolicyEndpoint(type=str(kind), value=target)


def _read_rule(name: str, value: object) -> Iterator[PolicyTarget]:
    given = _mapping(value, f"Rule '{name}'")
    kind = str(given.get("RuleType"))
    where = f"Rule '{name}'"
    if kind == "failover":
        for role in ("Primary", "Secondary"):
            policy = ResourceRecordSet(name="", type="", failover=role.upper())  # type: ignore[arg-type]
            yield _read_target(_mapping(given.get(role), f"{where}: {role}"), policy, where)
        return
    if kind not in _MEMBERS:
        known = ", ".join(("failover", *_MEMBERS))
        raise InvalidDocument(f"{where}: RuleType is not one of {known}")
    listed, read_policy = _MEMBERS[kind]
    members = given.get(listed)
    if not isinstance(members, list) or not members:
        raise InvalidDocument(f"{where}: {listed} is no list with members")
    for number, member in enumerate(members, 1):
        at = f"{where}: {listed} {number}"
        one = _mapping(member, at)
        target = _read_target(one, read_policy(one, at), at)
        if kind == "multivalue" and target.rule:
            raise InvalidDocument(f"{at}: a multivalue rule leads to endpoints only")
        yield target


def _read_target(given: Mapping[str, Any], policy: ResourceRecordSet, where: str) -> PolicyTarget:
    endpoint, rule = _text(given, "EndpointReference"), _text(given, "RuleReference")
    if bool(endpoint) == bool(rule):
        raise InvalidDocument(
            f"{where}: exactly one of EndpointReference and RuleReference must be given"
        )
    return PolicyTarget(
        endpoint=endpoint,
        rule=rule,
        policy=policy,
        evaluate_target_health=_boolean(given, "EvaluateTargetHealth", where, default=True),
        health_check_id=_text(given, "HealthCheck"),
    )


_NO_POLICY = ResourceRecordSet(name="", type="")


def _weighted(given: Mapping[str, Any], where: str) -> ResourceRecordSet:
    return replace(_NO_POLICY, weight=_integer(given, "Weight", where, range(_MAX_WEIGHT + 1)))


def _latency(given: Mapping[str, Any], where: str) -> ResourceRecordSet:
    return replace(_NO_POLICY, region=_region(_text(given, "Region"), where))


def _multivalue(_: Mapping[str, Any], __: str) -> ResourceRecordSet:
    return replace(_NO_POLICY, multivalue=True)


def _geo(given: Mapping[str, Any], where: str) -> ResourceRecordSet:
    place = GeoLocation(
        continent=_text(given, "Continent"),
        country=_text(given, "Country"),
        subdivision=_text(given, "Subdivision"),
    )
    if _boolean(given, "IsDefault", where, default=place.country == "*"):
        place = GeoLocation(country="*")
    if find_place(place) is None:
        raise InvalidDocument(
            f"{where}: Continent, Country and Subdivision are those of no location"
        )
    return replace(_NO_POLICY, geo=place)


def _geoproximity(given: Mapping[str, Any], where: str) -> ResourceRecordSet:
    """A Region or coordinates: by themselves in the older format, in Location in the newer."""
    location = given.get("Location")
    place = given if location is None else _mapping(location, f"{where}: Location")
    region = _text(place, "Region") or _text(place, "LocationName")
    if place.get("Type") == "LocalZone":
        raise InvalidDocument(f"{where}: Local Zones are not served by the twin")
    bias = _integer(given, "Bias", where, range(-_MAX_BIAS, _MAX_BIAS + 1), default=0)
    if region:
        name = _region(region.removeprefix(_REGION_PREFIX), where)
        return replace(_NO_POLICY, proximity=GeoProximity(region=name, bias=bias))
    return replace(
        _NO_POLICY,
        proximity=GeoProximity(
            latitude=_degrees(place, "Latitude", where, 90),
            longitude=_degrees(place, "Longitude", where, 180),
            bias=bias,
        ),
    )


_ReadPolicy = Callable[[Mapping[str, Any], str], ResourceRecordSet]
_MEMBERS: dict[str, tuple[str, _ReadPolicy]] = {
    "geo": ("Locations", _geo),
    "geoproximity": ("GeoproximityLocations", _geoproximity),
    "latency": ("Regions", _latency),
    "multivalue": ("Items", _multivalue),
    "weighted": ("Items", _weighted),
}
"""RuleType -> the list of its members, and what makes a member's policy."""


def _check_references(document: PolicyDocument) -> None:
    """Raises InvalidDocument."""
    _check_endpoint(document, document.start_endpoint, "StartEndpoint")
    _check_rule(document, document.start_rule, "StartRule")
    for name, targets in document.rules.items():
        for target in targets:
            _check_endpoint(document, target.endpoint, f"Rule '{name}'")
            _check_rule(document, target.rule, f"Rule '{name}'")
    done: set[str] = set()
    for name in document.rules:
        _check_no_loop(document, name, (), done)


def _check_endpoint(document: PolicyDocument, name: str, where: str) -> None:
    if name and name not in document.endpoints:
        raise InvalidDocument(f"{where} refers to an endpoint that is not defined: '{name}'")


def _check_rule(document: PolicyDocument, name: str, where: str) -> None:
    if name and name not in document.rules:
        raise InvalidDocument(f"{where} refers to a rule that is not defined: '{name}'")


_MAX_DEPTH = 50


def _check_no_loop(
    document: PolicyDocument, name: str, above: tuple[str, ...], done: set[str]
) -> None:
    if name in above:
        raise InvalidDocument(f"Rule '{name}' leads to itself")
    if len(above) > _MAX_DEPTH:
        raise InvalidDocument(f"More than {_MAX_DEPTH} rules lead to one another")
    if name not in done:
        for target in document.rules[name]:
            if target.rule:
                _check_no_loop(document, target.rule, (*above, name), done)
        done.add(name)


# -- values


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidDocument(f"{where} is no JSON object")
    return value


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidDocument(f"{name} is no text")
    return value


def _boolean(given: Mapping[str, Any], name: str, where: str, *, default: bool) -> bool:
    value = given.get(name)
    if value in (None, ""):
        return default
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise InvalidDocument(f"{where}: {name} is neither true nor false")


def _integer(
    given: Mapping[str, Any], name: str, where: str, allowed: range, default: int | None = None
) -> int:
    value = given.get(name, default)
    try:
        number = int(value) if isinstance(value, str | int) else None
    except ValueError:
        number = None
    if number not in allowed:
        raise InvalidDocument(f"{where}: {name} is not from {allowed[0]} to {allowed[-1]}")
    return int(number or 0)


def _degrees(given: Mapping[str, Any], name: str, where: str, most: int) -> float:
    """With up to two decimals."""
    value = given.get(name)
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        number = None
    if number is None or not abs(number) <= most or round(number, 2) != number:
        raise InvalidDocument(f"{where}: {name} is not from -{most} to {most} with two decimals")
    return number


def _region(name: str, where: str) -> str:
    if name not in REGION_NAMES:
        raise InvalidDocument(f"{where}: '{name}' is no AWS Region that the twin knows")
    return name
