"""Whether the DNS zones of the twin allow a certificate: the CNAME record, and CAA records.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
"""

import shlex
from collections.abc import Iterable, Sequence
from functools import cached_property

from twin.control.acm.model import DomainValidation
from twin.topology.route53 import HostedZone, ResourceRecordSet

AUTHORITIES = frozenset({"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"})
"""Names of Amazon's authorities in CAA records."""


class ZoneRecords:
    """The records of hosted zones, found by name and type.

    They are put in order at the first look-up: a zone may have ten thousand, and each name of each
    certificate that waits is looked up again and again.
    """

    def __init__(self, zones: Iterable[HostedZone]) -> None:
        self._zones = zones

    @cached_property
    def _by_zone(self) -> dict[str, dict[tuple[str, str], list[ResourceRecordSet]]]:
        found: dict[str, dict[tuple[str, str], list[ResourceRecordSet]]] = {}
        for zone in self._zones:
            records = found.setdefault(zone.name, {})
            for record in zone.records:
                records.setdefault((record.name, record.type), []).append(record)
        return found

    def find(self, name: str, kind: str) -> Sequence[ResourceRecordSet]:
        """The records in the zone, or zones, that are nearest above the absolute name."""
        labels = name.removesuffix(".").split(".")
        above = (".".join(labels[first:]) + "." for first in range(len(labels)))
        nearest = next((zone for zone in (*above, ".") if zone in self._by_zone), "")
        return self._by_zone.get(nearest, {}).get((name, kind), ())


def is_validated(validation: DomainValidation, zones: ZoneRecords) -> bool:
    """Whether the CNAME record is there, with its value."""
    return any(
        value.lower().removesuffix(".") == validation.record_value.removesuffix(".")
        for record in zones.find(validation.record_name, "CNAME")
        for value in record.values
    )


def allows_authority(domain: str, zones: ZoneRecords) -> bool:
    """Whether CAA records let Amazon issue for the domain; so where there are none (RFC 8659).

    The nearest CAA records count: the domain's own, else those of its parents.
    """
    is_wildcard = domain.startswith("*.")
    labels = domain.removeprefix("*.").split(".")
    for first in range(len(labels)):
        name = ".".join(labels[first:]) + "."
        properties = [
            parsed
            for record in zones.find(name, "CAA")
            for value in record.values
            if (parsed := _parse_caa(value)) is not None
        ]
        if properties:
            tags = {tag for tag, _ in properties}
            tag = "issuewild" if is_wildcard and "issuewild" in tags else "issue"
            issuers = [value for found, value in properties if found == tag]
            return not issuers or any(issuer in AUTHORITIES for issuer in issuers)
    return True


def _parse_caa(value: str) -> tuple[str, str] | None:
    """Tag and authority of `0 issue "amazon.com; policy"`."""
    try:
        _, tag, issuer = shlex.split(value)
    except ValueError:
        return None
    return tag.lower(), issuer.partition(";")[0].strip().lower()
