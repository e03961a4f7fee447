"""Where probes of a stack go to and come from.

Decides targets, host name and vantage points: those of the settings, else on a twin the city
nearest to each Region, else this machine.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from muster.errors import CommandFailed, InvalidSetting, InvalidStackOutputs
from muster.levers.twin_command import TwinCommand
from muster.model import DnsOutputs, Stack
from muster.probe.plan import NamedService, ProbeTarget, VantagePoint, parse_resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedService:
    """How to reach the stack's service."""

    targets: tuple[ProbeTarget, ...]
    host: str | None
    """Host name; None: the addresses are used themselves."""
    tls: bool
    dns: NamedService | None = None
    """The DNS door; None without one."""


def probed_service(
    stack: Stack, *, ca_file: Path | None = None, speed: float = 1.0
) -> ProbedService:
    """Both doors: the static addresses at the port of the stack's url, and the name in DNS.

    `ca_file` and `speed` are those of NamedService. Raises InvalidStackOutputs.
    """
    dns = _named_service(stack.dns, ca_file, speed) if stack.dns else None
    if "accelerator" not in stack.doors:
        return ProbedService(targets=(), host=None, tls=False, dns=dns)
    url = urlsplit(stack.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InvalidStackOutputs(stack.source, f"{stack.url!r} is not an address of HTTP", "url")
    tls = url.scheme == "https"
    port = url.port or (443 if tls else 80)
    has_name = url.hostname not in stack.static_ips
    return ProbedService(
        targets=tuple(ProbeTarget(ip=ip, port=port) for ip in stack.static_ips),
        host=url.netloc if has_name else None,
        tls=tls,
        dns=dns,
    )


def parse_vantage_points(texts: Iterable[str], origin: str) -> tuple[VantagePoint, ...]:
    """Parse vantage points written as NAME=ADDRESS. Raises InvalidSetting."""
    found = []
    for text in texts:
        name, _, address = text.partition("=")
        try:
            ip_address(address)
        except ValueError:
            rule = "NAME=ADDRESS with an address of this machine"
            raise InvalidSetting("vantage", origin, text, rule) from None
        found.append(VantagePoint(name=name, source=address))
    return tuple(found)


def _named_service(dns: DnsOutputs, ca_file: Path | None, speed: float) -> NamedService:
    return NamedService(
        name=dns.domain,
        port=dns.https_port,
        ca_file=str(ca_file.absolute()) if ca_file else None,
        cache_speed=speed,
    )


def with_resolvers(
    vantages: Iterable[VantagePoint], texts: Iterable[str], origin: str
) -> tuple[VantagePoint, ...]:
    """Vantage points with resolvers, written as NAME=ADDRESS[:PORT]. Raises InvalidSetting."""
    vantages = tuple(vantages)
    resolvers = dict(text.split("=", 1) for text in texts)
    names = [vantage.name for vantage in vantages]
    for name, address in resolvers.items():
        rule = f"NAME=ADDRESS or NAME=ADDRESS:PORT, for one of {', '.join(names)}"
        try:
            parse_resolver(address)
        except ValueError:
            raise InvalidSetting("resolvers", origin, f"{name}={address}", rule) from None
        if name not in names:
            raise InvalidSetting("resolvers", origin, f"{name}={address}", rule)
    return tuple(
        replace(vantage, resolver=resolvers.get(vantage.name, vantage.resolver))
        for vantage in vantages
    )


async def twin_speed(twin: TwinCommand) -> float:
    """By what the twin divides the times of AWS. Raises CommandFailed."""
    return float(json.loads(await twin("status", "--json")).get("speed", 1.0))


async def twin_vantage_points(twin: TwinCommand, stack: Stack) -> tuple[VantagePoint, ...]:
    """For each Region, the nearest of the cities that it is nearest to. Raises CommandFailed."""
    cities = await _read_cities(twin)
    found = []
    for region in stack.regions:
        served = [city for city in cities if _nearest_region(city["regions"], stack) == region]
        if served:
            city = min(served, key=lambda city: float(city["distances_km"][region]))
            found.append(_vantage_point(city))
    if not found:
        raise CommandFailed("twin places --json", "no city is near a Region of the stack")
    return tuple(found)


async def twin_places(twin: TwinCommand) -> tuple[VantagePoint, ...]:
    """All cities of the twin. Raises CommandFailed."""
    return tuple(_vantage_point(city) for city in await _read_cities(twin))


async def _read_cities(twin: TwinCommand) -> list[dict[str, Any]]:
    cities: list[dict[str, Any]] = json.loads(await twin("places", "--json"))
    return cities


def _vantage_point(city: Mapping[str, Any]) -> VantagePoint:
    return VantagePoint(name=city["name"], source=city["address"], resolver=city.get("resolver"))


def _nearest_region(regions: list[str], stack: Stack) -> str | None:
    """The first Region of the stack in a list that starts with the nearest."""
    return next((region for region in regions if region in stack.regions), None)


THIS_MACHINE = (VantagePoint(name="here"),)
"""The only vantage point on AWS, unless others are named."""
