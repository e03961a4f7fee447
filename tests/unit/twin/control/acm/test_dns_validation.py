"""Whether DNS zones prove a certificate's names."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from twin.control.acm.dns_validation import ZoneRecords, allows_authority, is_validated
from twin.control.acm.operations import make_validation
from twin.topology.route53 import HostedZone, ResourceRecordSet

VALIDATION = make_validation("123456789012", "api.muster.test")


def zone(name: str, *records: tuple[str, str, str]) -> HostedZone:
    return HostedZone(
        id=name,
        name=name,
        records=tuple(
            ResourceRecordSet(name=owner, type=kind, ttl_s=60, values=(value,))
            for owner, kind, value in records
        ),
    )


def proof(value: str = VALIDATION.record_value) -> tuple[str, str, str]:
    return VALIDATION.record_name, "CNAME", value


@pytest.mark.parametrize(
    "zones",
    [
        (zone("muster.test.", proof()),),
        (zone("muster.test.", proof(VALIDATION.record_value.upper().rstrip("."))),),
        (zone("test."), zone("muster.test.", proof())),
        (zone("muster.test."), zone("muster.test.", proof())),
    ],
)
def test_the_record_in_the_nearest_zone_proves_a_name(zones: tuple[HostedZone, ...]) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"""
    assert is_validated(VALIDATION, ZoneRecords(zones))


@pytest.mark.parametrize(
    "zones",
    [
        (),
        (zone("muster.test."),),
        (zone("other.test.", proof()),),
        (zone("muster.test.", proof("_other.acm-validations.aws.")),),
        (zone("muster.test.", (VALIDATION.record_name, "TXT", VALIDATION.record_value)),),
        # The zone of the subdomain is the one that clients would be sent to.
        (zone("muster.test.", proof()), zone("api.muster.test.")),
    ],
)
def test_without_it_there_is_no_proof(zones: tuple[HostedZone, ...]) -> None:
    assert not is_validated(VALIDATION, ZoneRecords(zones))


@pytest.mark.parametrize(
    ("owner", "value", "allowed"),
    [
        ("api.muster.test.", '0 issue "amazon.com"', True),
        ("api.muster.test.", '0 issue "amazonaws.com; x=y"', True),
        ("api.muster.test.", '0 issue "letsencrypt.org"', False),
        ("muster.test.", '0 issue ";"', False),
        ("muster.test.", '0 iodef "mailto:a@b.test"', True),
        ("other.muster.test.", '0 issue "letsencrypt.org"', True),
        ("muster.test.", "broken", True),
    ],
)
def test_the_nearest_caa_records_decide(owner: str, value: str, allowed: bool) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html"""
    zones = (zone("muster.test.", (owner, "CAA", value)),)

    assert allows_authority("api.muster.test", ZoneRecords(zones)) == allowed


def test_a_wildcard_has_records_of_its_own() -> None:
    zones = (
        zone(
            "muster.test.",
            ("muster.test.", "CAA", '0 issue "letsencrypt.org"'),
            ("muster.test.", "CAA", '0 issuewild "amazon.com"'),
        ),
    )

    assert allows_authority("*.muster.test", ZoneRecords(zones))
    assert not allows_authority("www.muster.test", ZoneRecords(zones))


class CountedRecords(tuple[ResourceRecordSet, ...]):
    """Counts how often somebody looks through all of them."""

    looked_through = 0

    def __iter__(self) -> Iterator[ResourceRecordSet]:
        CountedRecords.looked_through += 1
        return super().__iter__()


def test_the_records_of_a_zone_are_looked_through_once_for_all_names() -> None:
    """A zone may have ten thousand, and a thousand certificates may wait for theirs."""
    owned = zone("muster.test.", proof())
    zones = ZoneRecords([replace(owned, records=CountedRecords(owned.records))])
    CountedRecords.looked_through = 0

    assert all(is_validated(VALIDATION, zones) for _ in range(3))
    assert allows_authority("api.muster.test", zones)

    assert CountedRecords.looked_through == 1
