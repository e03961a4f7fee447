"""Whether the DNS zones of the twin allow a certificate: the CNAME record, and CAA records.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
"""

import shlex
from collections.abc import Iterable, Iterator, Sequence

from twin.control.acm.model import DomainValidation
from twin.control.route53.names import is_within
from twin.topology.route53 import HostedZone, ResourceRecordSet

AUTHORITIES = frozenset({"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"})
"""Names of Amazon's authorities in CAA records."""


def is_validated(validation: DomainValidation, zones: Iterable[HostedZone]) -> bool:
    """Whether the CNAME record is there, with its value."""
    return any(
        value.lower().removesuffix(".") == validation.record_value.removesuffix(".")
        for record in _find_records(zones, validation.record_name, "CNAME")
        for value in record.values
    )


def allows_authority(domain: str, zones: Sequence[HostedZone]) -> bool:
    """Whether CAA records let Amazon issue for the domain; so where there are none (RFC 8659).

    The nearest CAA records count: the domain's own, else those of its parents.
    """
    is_wildcard = domain.startswith("*.")
    labels = domain.removeprefix("*.").split(".")
    for first in range(len(labels)):
        name = ".".join(labels[first:]) + "."
        properties = [
            parsed
            for record in _find_records(zones, name, "CAA")
            for value in record.values
            if (parsed := _parse_caa(value)) is not None
        ]
        if properties:
            tags = {tag for tag, _ in properties}
            tag = "issuewild" if is_wildcard and "issuewild" in tags else "issue"
            issuers = [value for found, value in properties if found == tag]
            return not issuers or any(issuer in AUTHORITIES for issuer in issuers)
    return True


def _find_records(zones: Iterable[HostedZone], name: str, kind: str) -> Iterator[ResourceRecordSet]:
    """The records in the zone, or zones, that are nearest above the name."""
    covering = [zone for zone in zones if is_within(name, zone.name)]
    nearest = max((len(zone.name) for zone in covering), default=0)
    for zone in covering:
        if len(zone.name) == nearest:
            for record in zone.records:
                if record.name == name and record.type == kind:
                    yield record


def _parse_caa(value: str) -> tuple[str, str] | None:
    """Tag and authority of `0 issue "amazon.com; policy"`."""
    try:
        _, tag, issuer = shlex.split(value)
    except ValueError:
        return None
    return tag.lower(), issuer.partition(";")[0].strip().lower()
