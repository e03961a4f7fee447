"""The sections of an answer."""

import random

import pytest

from tests.unit.twin.core.dns.zone_setup import (
    HOME,
    NS,
    ZONE_ID,
    a_record,
    all_healthy,
    ask,
    index_of,
    values_of,
)
from twin.core.dns.answers import DnsAnswer, DnsQuestion
from twin.core.dns.clients import locate_client
from twin.core.dns.names import parse_domain_name
from twin.core.dns.queries import answer_in_zone
from twin.core.dns.zones import DnsIndex
from twin.topology.route53 import HostedZone, ResourceRecordSet


def record(name: str, kind: str, *values: str) -> ResourceRecordSet:
    return ResourceRecordSet(name=name, type=kind, ttl_s=60, values=values)


def types(answer: DnsAnswer) -> tuple[list[str], list[str], list[str]]:
    """Types of answer, authority and additional section."""
    return (
        [records.type for records in answer.answer],
        [records.type for records in answer.authority],
        [records.type for records in answer.additional],
    )


def test_a_missing_name_is_denied_with_the_soa() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
    answer = ask(index_of(), "nothing.muster.test")

    assert answer.code == "NXDOMAIN"
    assert types(answer) == ([], ["SOA"], [])
    assert answer.authority[0].ttl_s <= 900


def test_another_type_of_an_existing_name_is_an_empty_answer_with_the_soa() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
    answer = ask(index_of(a_record("192.0.2.1")), kind="AAAA")

    assert answer.code == "NOERROR"
    assert types(answer) == ([], ["SOA"], [])


def test_a_positive_answer_names_the_zone_s_servers() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html"""
    answer = ask(index_of(a_record("192.0.2.1")))

    assert types(answer) == (["A"], ["NS"], [])
    assert answer.authoritative


def test_the_servers_are_not_named_twice() -> None:
    answer = ask(index_of(), "muster.test", "NS")

    assert types(answer) == (["NS"], [], [])
    assert sorted(values_of(answer)) == sorted(NS.values)


def test_a_name_outside_of_all_zones_is_refused() -> None:
    answer = ask(index_of(), "example.com")

    assert answer.code == "REFUSED"
    assert not answer.authoritative


@pytest.mark.parametrize("name", ["API.Muster.TEST", "api.muster.test"])
def test_the_case_of_a_query_does_not_matter(name: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    assert values_of(ask(index_of(a_record("192.0.2.1")), name)) == ["192.0.2.1"]


def test_a_wildcard_answers_under_the_name_asked_for() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    answer = ask(index_of(a_record("192.0.2.1", r"\052.z.muster.test.")), "b.a.z.muster.test")

    assert values_of(answer) == ["192.0.2.1"]
    assert answer.answer[0].name[0] == b"b"


def test_several_values_come_in_random_order() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-simple.html"""
    index = index_of(record("a.muster.test.", "A", "192.0.2.1", "192.0.2.2", "192.0.2.3"))
    draw = random.Random(1).random

    orders = {tuple(values_of(ask(index, "a.muster.test", draw=draw))) for _ in range(60)}

    assert len(orders) == 6
    assert {tuple(sorted(order)) for order in orders} == {("192.0.2.1", "192.0.2.2", "192.0.2.3")}


def test_a_cname_is_followed_inside_its_zone() -> None:
    """https://www.rfc-editor.org/rfc/rfc1034#section-4.3.2"""
    index = index_of(
        record("a.muster.test.", "CNAME", "b.muster.test"),
        record("b.muster.test.", "CNAME", "api.muster.test."),
        a_record("192.0.2.1"),
    )

    answer = ask(index, "a.muster.test")

    assert types(answer)[0] == ["CNAME", "CNAME", "A"]
    assert values_of(answer)[-1] == "192.0.2.1"
    assert types(ask(index, "a.muster.test", "CNAME"))[0] == ["CNAME"]


@pytest.mark.parametrize(
    ("target", "code", "authority"),
    [
        ("example.com.", "NOERROR", "NS"),
        ("test.", "NOERROR", "NS"),
        ("gone.muster.test.", "NXDOMAIN", "SOA"),
        ("text.muster.test.", "NOERROR", "SOA"),
    ],
)
def test_a_cname_is_answered_and_the_last_name_gives_the_code(
    target: str, code: str, authority: str
) -> None:
    """https://www.rfc-editor.org/rfc/rfc6604#section-3"""
    index = index_of(
        record("a.muster.test.", "CNAME", target), record("text.muster.test.", "TXT", '"x"')
    )

    answer = ask(index, "a.muster.test")

    assert (answer.code, *types(answer)) == (code, ["CNAME"], [authority], [])


def test_cnames_in_a_loop_end() -> None:
    index = index_of(
        record("a.muster.test.", "CNAME", "b.muster.test."),
        record("b.muster.test.", "CNAME", "a.muster.test."),
    )

    answer = ask(index, "a.muster.test")

    assert answer.code == "NOERROR"
    assert len(answer.answer) == 8


def test_a_cname_to_a_delegated_name_is_not_followed() -> None:
    index = index_of(
        record("a.muster.test.", "CNAME", "www.sub.muster.test."),
        record("sub.muster.test.", "NS", "ns.example.com."),
        a_record("192.0.2.5", "www.sub.muster.test."),
    )

    assert types(ask(index, "a.muster.test")) == (["CNAME"], ["NS"], [])


def test_addresses_of_mail_and_service_hosts_are_added() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html"""
    index = index_of(
        record("muster.test.", "MX", "10 api.muster.test.", "20 mail.example.com."),
        record("_x._tcp.muster.test.", "SRV", "1 1 80 API.muster.test"),
        a_record("192.0.2.1"),
        record("api.muster.test.", "AAAA", "2001:db8::1"),
    )

    assert types(ask(index, "muster.test", "MX")) == (["MX"], ["NS"], ["A", "AAAA"])
    assert types(ask(index, "_x._tcp.muster.test", "SRV"))[2] == ["A", "AAAA"]


def test_a_delegated_name_is_referred_to_its_servers() -> None:
    """https://www.rfc-editor.org/rfc/rfc1034#section-4.3.2"""
    index = index_of(
        record("sub.muster.test.", "NS", "ns.sub.muster.test.", "ns.example.com."),
        a_record("192.0.2.5", "ns.sub.muster.test."),
    )

    answer = ask(index, "www.sub.muster.test")

    assert not answer.authoritative
    assert types(answer) == ([], ["NS"], ["A"])
    assert types(ask(index, "sub.muster.test", "DS")) == ([], ["SOA"], [])


def test_a_zone_s_own_ds_record_is_its_parent_s() -> None:
    """https://www.rfc-editor.org/rfc/rfc4035#section-3.1.4.1"""
    child = HostedZone(id="Z2", name="sub.muster.test.")
    index = index_of(record("sub.muster.test.", "DS", "1 8 2 ABCD"), more_zones=(child,))

    assert types(ask(index, "sub.muster.test", "DS"))[0] == ["DS"]
    assert ask(index, "muster.test", "DS").code == "REFUSED"


def test_any_is_answered_with_one_of_the_types() -> None:
    """https://www.rfc-editor.org/rfc/rfc8482"""
    index = index_of(a_record("192.0.2.1"), record("api.muster.test.", "TXT", '"x"'))

    assert types(ask(index, kind="ANY"))[0] == ["A"]


def test_an_answer_says_whether_it_depends_on_the_client() -> None:
    """https://www.rfc-editor.org/rfc/rfc7871#section-7.2.1"""
    index = index_of(
        a_record("192.0.2.1", region="us-west-2"), a_record("192.0.2.2", "b.muster.test.")
    )

    assert ask(index).scope == 24
    assert ask(index, "b.muster.test").scope == 0
    assert ask(index, client="2001:db8::", prefix=56).scope == 0


def in_zone(index: DnsIndex, zone_id: str, name: str) -> DnsAnswer:
    return answer_in_zone(
        index,
        zone_id,
        DnsQuestion(parse_domain_name(name), "A"),
        locate_client("127.0.0.1", None, HOME),
        is_healthy=all_healthy,
        draw=lambda: 0.0,
    )


def test_one_zone_can_be_asked_though_another_answers() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html"""
    child = HostedZone(
        id="Z2",
        name="sub.muster.test.",
        records=(a_record("192.0.2.2", "a.sub.muster.test."),),
    )
    index = index_of(a_record("192.0.2.1", "a.sub.muster.test."), more_zones=(child,))

    assert values_of(in_zone(index, ZONE_ID, "a.sub.muster.test")) == ["192.0.2.1"]
    assert values_of(in_zone(index, "Z2", "a.sub.muster.test")) == ["192.0.2.2"]
    assert in_zone(index, "Z2", "muster.test").code == "REFUSED"
    assert in_zone(index, "Z9", "muster.test").code == "REFUSED"
