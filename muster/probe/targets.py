"""Where probes of a stack go to, and where they come from.

Decides targets, host name and vantage points: those that a setting names, else on a twin the city
nearest to each Region, else this machine. Refuses to know how a probe is made (muster.probe).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from muster.errors import CommandFailed, InvalidSetting, InvalidStackOutputs
from muster.levers.twin_command import TwinCommand
from muster.model import Stack
from muster.probe.plan import ProbeTarget, VantagePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedService:
    """How the stack's service is reached."""

    targets: tuple[ProbeTarget, ...]
    host: str | None
    """None: the addresses themselves."""
    tls: bool


def probed_service(stack: Stack) -> ProbedService:
    """Both static addresses, at the port of the stack's url. Raises StackUnreadable."""
    url = urlsplit(stack.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise InvalidStackOutputs(stack.source, f"{stack.url!r} is not an address of HTTP", "url")
    tls = url.scheme == "https"
    port = url.port or (443 if tls else 80)
    named = url.hostname not in stack.static_ips
    return ProbedService(
        targets=tuple(ProbeTarget(ip=ip, port=port) for ip in stack.static_ips),
        host=url.netloc if named else None,
        tls=tls,
    )


def parse_vantage_points(texts: Iterable[str], origin: str) -> tuple[VantagePoint, ...]:
    """Vantage points as NAME=ADDRESS. Raises SettingWrong."""
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


async def twin_vantage_points(twin: TwinCommand, stack: Stack) -> tuple[VantagePoint, ...]:
    """For each Region the nearest of the cities whose clients it gets. Raises CommandFailed."""
    places = json.loads(await twin("places", "--json"))
    found = []
    for region in stack.regions:
        own = [place for place in places if _nearest(place["regions"], stack) == region]
        if own:
            city = min(own, key=lambda place: float(place["distances_km"][region]))
            found.append(VantagePoint(name=city["name"], source=city["address"]))
    if not found:
        raise CommandFailed("twin places --json", "no city is near a Region of the stack")
    return tuple(found)


def _nearest(regions: list[str], stack: Stack) -> str | None:
    """The first of the list that belongs to the stack."""
    return next((region for region in regions if region in stack.regions), None)


THIS_MACHINE = (VantagePoint(name="here"),)
"""The only vantage point on AWS, unless others are named."""
