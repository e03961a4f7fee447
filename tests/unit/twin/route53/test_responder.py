"""From a query's bytes to the response's."""

import random

import dns.edns
import dns.flags
import dns.message
import dns.rcode
from hypothesis import given, settings

from tests.unit.twin.core.dns.zone_setup import (
    HOME,
    ZONE_ID,
    a_record,
    index_of,
    unhealthy,
)
from tests.unit.twin.route53.messages import MALFORMED, broken_messages, query
from twin.core.dns.resolution import IsHealthy
from twin.geography import find_city_address
from twin.route53 import responder as module
from twin.route53.responder import Responder
from twin.topology.route53 import ResourceRecordSet

FRANKFURT = a_record("192.0.2.1", region="eu-central-1", health_check_id="frankfurt")
OREGON = a_record("192.0.2.2", region="us-west-2", health_check_id="oregon")


def responder(*records: ResourceRecordSet, is_healthy: IsHealthy | None = None) -> Responder:
    made = Responder(HOME, is_healthy=is_healthy or unhealthy(), draw=random.Random(4).random)
    made.indexes[0] = index_of(*records)
    return made


def ask(
    to: Responder,
    message: dns.message.Message,
    source: str = "127.0.0.1",
    *,
    over_tcp: bool = False,
) -> dns.message.Message:
    wire = to.respond(message.to_wire(), source, over_tcp=over_tcp)
    assert wire is not None
    return dns.message.from_wire(wire)


def value_of(response: dns.message.Message) -> str:
    (rdata,) = response.answer[0]
    return str(rdata)


def test_the_client_s_subnet_counts_else_the_resolver_s_address() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-edns0.html"""
    servers, frankfurt = responder(FRANKFURT, OREGON), find_city_address("Frankfurt")
    portland_subnet = query(subnet=("127.210.7.0", 24))

    answer = ask(servers, portland_subnet, frankfurt)

    (option,) = answer.options
    assert isinstance(option, dns.edns.ECSOption)
    assert value_of(answer) == "192.0.2.2"
    assert (option.address, option.srclen, option.scopelen) == ("127.210.7.0", 24, 24)
    assert value_of(ask(servers, query(), frankfurt)) == "192.0.2.1"
    assert value_of(ask(servers, query(), find_city_address("Portland"))) == "192.0.2.2"


def test_a_subnet_without_bits_is_answered_for_the_resolver() -> None:
    """https://www.rfc-editor.org/rfc/rfc7871#section-7.1.2"""
    servers = responder(FRANKFURT, OREGON)

    answer = ask(servers, query(subnet=("0.0.0.0", 0)), find_city_address("Portland"))  # noqa: S104

    assert value_of(answer) == "192.0.2.2"
    assert isinstance(answer.options[0], dns.edns.ECSOption)


def test_health_decides_at_each_query() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html"""
    failed: set[str] = set()
    servers = responder(FRANKFURT, OREGON, is_healthy=lambda check: check not in failed)

    assert value_of(ask(servers, query())) == "192.0.2.1"
    failed.add("frankfurt")
    assert value_of(ask(servers, query())) == "192.0.2.2"
    failed.clear()
    assert value_of(ask(servers, query())) == "192.0.2.1"


def test_answers_are_counted_by_zone_and_errors_are_not() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-hosted-zones-with-cloudwatch.html"""
    servers = responder(FRANKFURT)
    for asked in (query(), query("nothing.muster.test"), query(), query("example.com")):
        ask(servers, asked)
    ask(servers, query(kind="AXFR"))

    counts = {s.dimensions["HostedZoneId"]: s.statistics.total for s in servers.metrics.take()}
    assert counts == {ZONE_ID: 3}


def test_a_repeated_query_has_its_own_id() -> None:
    servers = responder(FRANKFURT)
    first, second = query(), query()
    first.id, second.id = 1, 2

    assert [ask(servers, message).id for message in (first, second, first)] == [1, 2, 1]


def test_a_new_index_changes_the_answers() -> None:
    servers = responder(FRANKFURT)
    ask(servers, query())

    servers.indexes[0] = index_of(OREGON)

    assert value_of(ask(servers, query())) == "192.0.2.2"


def test_each_server_answers_from_what_it_has() -> None:
    servers = Responder(HOME, is_healthy=unhealthy(), draw=random.Random(4).random, servers=2)
    servers.indexes[:] = [index_of(FRANKFURT), index_of(OREGON)]

    answers = [
        dns.message.from_wire(servers.respond(query().to_wire(), "127.0.0.1", server=number) or b"")
        for number in (0, 1, 0)
    ]

    assert [value_of(answer) for answer in answers] == ["192.0.2.1", "192.0.2.2", "192.0.2.1"]


def test_a_long_answer_is_cut_in_a_datagram_and_whole_over_tcp() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html"""
    text = ResourceRecordSet(
        name="api.muster.test.", type="TXT", ttl_s=60, values=(f'"{"x" * 200}" ' * 3,)
    )
    servers = responder(text)

    assert ask(servers, query(kind="TXT")).flags & dns.flags.TC
    for whole in (
        ask(servers, query(kind="TXT"), over_tcp=True),
        ask(servers, query(kind="TXT", payload=4096)),
    ):
        assert not whole.flags & dns.flags.TC
        assert len(whole.answer[0]) == 1


def test_errors_have_the_id_of_their_query() -> None:
    servers = responder()
    wires = [*MALFORMED.values(), query(kind="AXFR").to_wire(), query("example.com").to_wire()]

    for wire in wires:
        response = servers.respond(wire, "127.0.0.1")
        assert response is not None
        assert response[:2] == wire[:2]


def test_what_is_kept_of_queries_has_a_limit() -> None:
    servers = responder()

    for number in range(module.MAX_QUERIES + 10):
        assert servers.respond(query(f"n{number}.muster.test").to_wire(), "127.0.0.1")

    assert len(servers._kept) == module.MAX_QUERIES


@settings(max_examples=300, deadline=None)
@given(broken_messages)
def test_any_bytes_get_a_response_that_can_be_read_or_none(wire: bytes) -> None:
    response = responder(FRANKFURT, OREGON).respond(wire, "127.0.0.1")

    if response is not None:
        assert dns.message.from_wire(response).flags & dns.flags.QR
        assert response[:2] == wire[:2]
        assert len(response) <= 4096
