"""Rules for the configuration of a health check, by its type.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html

A configuration is a mapping of the API's members, as given. Messages that no public text shows
follow the pattern of `Invalid parameter : Basic health checks must not have an metric region
specified.`
"""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from twin.control.document_service import CallRefused
from twin.control.route53.names import InvalidName, read_labels
from twin.core.health_checks.requests import ENDPOINT_TYPES, STRING_MATCH_TYPES, TLS_TYPES
from twin.topology.route53 import AlarmIdentifier, HealthCheck

Config = Mapping[str, Any]

INTERVALS_S = (10, 30)
_ENDPOINT_MEMBERS = (
    "IPAddress",
    "Port",
    "ResourcePath",
    "FullyQualifiedDomainName",
    "SearchString",
    "RequestInterval",
    "FailureThreshold",
    "MeasureLatency",
    "EnableSNI",
    "Regions",
)
_CALCULATED_MEMBERS = ("ChildHealthChecks", "HealthThreshold")
_METRIC_MEMBERS = ("AlarmIdentifier", "InsufficientDataHealthStatus")
_MEMBERS_OF_KINDS = {
    "Basic": _ENDPOINT_MEMBERS,
    "Calculated": _CALCULATED_MEMBERS,
    "CloudWatch metric": _METRIC_MEMBERS,
}
_NOUNS = {
    "AlarmIdentifier": "an metric region",
    "ChildHealthChecks": "child health checks",
    "EnableSNI": "SNI enabled",
    "FailureThreshold": "a failure threshold",
    "FullyQualifiedDomainName": "a fully qualified domain name",
    "HealthThreshold": "a health threshold",
    "IPAddress": "an IP address",
    "InsufficientDataHealthStatus": "an insufficient data health status",
    "MeasureLatency": "latency measured",
    "Port": "a port",
    "Regions": "regions",
    "RequestInterval": "a request interval",
    "ResourcePath": "a resource path",
    "SearchString": "a search string",
}


def check_config(config: Config, is_own_address: Callable[[str], bool]) -> None:
    """Raises CallRefused. `is_own_address`: of this twin."""
    if config["Type"] == "RECOVERY_CONTROL" or config.get("RoutingControlArn"):
        raise invalid("Health checks of routing controls are not served by the twin.")
    for problem in _find_problems(config, is_own_address):
        raise invalid(problem)


def build_check(check_id: str, version: int, config: Config) -> HealthCheck:
    """The health check as it is published: with its defaults."""
    kind = config["Type"]
    path = config.get("ResourcePath") or ""
    return HealthCheck(
        id=check_id,
        version=version,
        type=kind,
        ip_address=config.get("IPAddress") or "",
        fqdn=config.get("FullyQualifiedDomainName") or "",
        port=config.get("Port") or default_port(kind) or 0,
        resource_path=path if path.startswith("/") or not path else f"/{path}",
        search_string=config.get("SearchString") or "",
        interval_s=config.get("RequestInterval") or 30,
        failure_threshold=config.get("FailureThreshold") or 3,
        measure_latency=bool(config.get("MeasureLatency")),
        inverted=bool(config.get("Inverted")),
        disabled=bool(config.get("Disabled")),
        enable_sni=bool(config.get("EnableSNI", kind in TLS_TYPES)),
        regions=tuple(config.get("Regions") or ()),
        children=tuple(config.get("ChildHealthChecks") or ()),
        health_threshold=config.get("HealthThreshold") or 0,
        alarm=read_alarm_identifier(config),
        insufficient_data_status=config.get("InsufficientDataHealthStatus") or "",
    )


def read_alarm_identifier(config: Config) -> AlarmIdentifier | None:
    alarm = config.get("AlarmIdentifier")
    return AlarmIdentifier(region=alarm["Region"], name=alarm["Name"]) if alarm else None


def default_port(kind: str) -> int | None:
    """A TCP check has none."""
    if kind in TLS_TYPES:
        return 443
    return 80 if kind in ENDPOINT_TYPES and kind != "TCP" else None


def invalid(message: str) -> CallRefused:
    return CallRefused("InvalidInput", f"Invalid parameter : {message}")


def _find_problems(config: Config, is_own_address: Callable[[str], bool]) -> Iterator[str]:
    kind = config["Type"]
    family = "Calculated" if kind == "CALCULATED" else "CloudWatch metric"
    if kind in ENDPOINT_TYPES:
        family = "Basic"
    for other, members in _MEMBERS_OF_KINDS.items():
        for member in members if other != family else ():
            if config.get(member) not in (None, "", False, []):
                yield f"{family} health checks must not have {_NOUNS[member]} specified."
    match family:
        case "Basic":
            yield from _find_endpoint_problems(config, is_own_address)
        case "Calculated" if config.get("HealthThreshold") is None:
            yield "Calculated health checks must have a health threshold specified."
        case "CloudWatch metric" if not config.get("AlarmIdentifier"):
            yield "CloudWatch metric health checks must have an alarm identifier specified."


def _find_endpoint_problems(config: Config, is_own_address: Callable[[str], bool]) -> Iterator[str]:
    kind, address = config["Type"], config.get("IPAddress")
    fqdn = config.get("FullyQualifiedDomainName")
    if not address and not fqdn:
        yield (
            "Basic health checks must have an IP address or a fully qualified domain name "
            "specified."
        )
    if kind == "TCP":
        yield from _find_tcp_problems(config)
    if address:
        yield from _find_address_problems(address, is_own_address)
    if fqdn:
        yield from _find_name_problems(fqdn)
    yield from _find_probe_problems(config)


def _find_probe_problems(config: Config) -> Iterator[str]:
    """What is wrong with how an endpoint is checked."""
    kind = config["Type"]
    if bool(config.get("SearchString")) != (kind in STRING_MATCH_TYPES):
        verb = "must" if kind in STRING_MATCH_TYPES else "must not"
        yield f"{kind} health checks {verb} have a search string specified."
    if config.get("EnableSNI") and kind not in TLS_TYPES:
        yield f"{kind} health checks must not have SNI enabled."
    if config.get("RequestInterval") not in (None, *INTERVALS_S):
        yield f"RequestInterval must be 10 or 30, not {config['RequestInterval']}."
    regions = config.get("Regions") or ()
    if len(set(regions)) != len(regions):
        yield "Regions must not contain a region twice."


def _find_tcp_problems(config: Config) -> Iterator[str]:
    """A TCP check that names its endpoint twice is refused.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
    """
    if config.get("IPAddress") and config.get("FullyQualifiedDomainName"):
        yield (
            "TCP health checks that have IP address must not have a fully qualified domain name "
            "specified."
        )
    if not config.get("Port"):
        yield "TCP health checks must have a port specified."
    if config.get("ResourcePath"):
        yield "TCP health checks must not have a resource path specified."


def _find_address_problems(address: str, is_own_address: Callable[[str], bool]) -> Iterator[str]:
    """Local, private, nonroutable and multicast addresses can't be checked.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        yield f"{address} is not a valid IP address."
        return
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    is_public = parsed.is_global and not parsed.is_multicast
    if not is_public and not is_own_address(str(parsed)):
        yield f"{address} is a reserved IP address, which health checkers can't reach."


def _find_name_problems(fqdn: str) -> Iterator[str]:
    try:
        labels = read_labels(fqdn)
    except InvalidName as problem:
        yield str(problem)
        return
    if not labels:
        yield f"{fqdn} is not a fully qualified domain name."
