"""What a response has on the wire."""

from dataclasses import replace

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.route53.messages import query
from twin.core.dns.answers import AnswerRecords, DnsAnswer, ResponseCode
from twin.route53 import responses
from twin.route53.queries import ParsedQuery, parse_query
from twin.route53.responses import AnswerWriter, write_error

NAME = (b"api", b"muster", b"test")
ZONE = NAME[1:]
SERVERS = AnswerRecords(ZONE, "NS", 172800, tuple(f"ns-{n}.awsdns-00.com." for n in range(4)))


def parsed(message: dns.message.Message) -> ParsedQuery:
    found = parse_query(message.to_wire())
    assert found is not None
    return found


def answer_of(*values: str, kind: str = "A", scope: int = 0) -> DnsAnswer:
    records = AnswerRecords(NAME, kind, 60, values)
    return DnsAnswer(
        code=ResponseCode.NOERROR, answer=(records,), authority=(SERVERS,), scope=scope
    )


def written(
    message: dns.message.Message, answer: DnsAnswer, size: int = 512
) -> dns.message.Message:
    wire = message.to_wire()[:2] + AnswerWriter().write(parsed(message), answer, size)
    assert len(wire) <= size
    return dns.message.from_wire(wire)


def addresses(count: int) -> tuple[str, ...]:
    return tuple(f"192.0.2.{number}" for number in range(count))


def test_a_response_repeats_id_question_and_recursion_desired() -> None:
    """https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1"""
    asked = query("API.muster.test")

    response = written(asked, answer_of("192.0.2.1"))

    assert response.id == asked.id
    assert response.question[0].name.to_text() == "API.muster.test."
    assert response.answer[0].name.to_text() == "API.muster.test."
    assert response.flags == dns.flags.QR | dns.flags.AA | dns.flags.RD
    assert response.edns == -1


def test_recursion_is_not_available_and_not_claimed() -> None:
    asked = query()
    asked.flags = dns.flags.Flag(0)

    assert written(asked, answer_of("192.0.2.1")).flags == dns.flags.QR | dns.flags.AA


@given(
    capitals=st.lists(st.booleans(), min_size=15, max_size=15),
    recursion=st.booleans(),
    payload=st.sampled_from([None, 512, 4096]),
    subnet=st.sampled_from([None, ("127.210.7.0", 24), ("127.210.0.0", 13), ("2001:db8::", 61)]),
    scope=st.integers(0, 32),
)
def test_a_kept_answer_gets_what_differs_in_each_query(
    capitals: list[bool],
    recursion: bool,
    payload: int | None,
    subnet: tuple[str, int] | None,
    scope: int,
) -> None:
    name = "".join(
        c.upper() if up else c for c, up in zip("api.muster.test", capitals, strict=True)
    )
    asked = query(name, payload=payload, subnet=subnet)
    asked.flags = dns.flags.RD if recursion else dns.flags.Flag(0)
    answer = replace(answer_of("192.0.2.1"), scope=scope)
    writer = AnswerWriter()
    writer.write(parsed(query()), answer, 512)

    wire = writer.write(parsed(asked), answer, 512)

    response = dns.message.from_wire(asked.to_wire()[:2] + wire)
    assert asked.is_response(response)
    assert response.question[0].name.to_text() == f"{name}."
    assert bool(response.flags & dns.flags.RD) == recursion
    assert (response.edns >= 0) == (asked.edns >= 0)
    options: list[dns.edns.Option] = [dns.edns.ECSOption(*subnet, scope)] if subnet else []
    assert list(response.options) == options
    assert [str(rrset) for rrset in response.answer] == [f"{name}. 60 IN A 192.0.2.1"]
    assert len(response.authority[0]) == 4


def test_answers_are_kept_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responses, "MAX_KEPT", 3)
    writer = AnswerWriter()
    answers = [answer_of(f"192.0.2.{number}") for number in range(6)]
    answers.append(answer_of(*addresses(200)))

    for _ in range(2):
        for answer in answers:
            assert writer.write(parsed(query()), answer, 65535)
    assert len(writer._kept) == 3


def test_values_come_in_the_order_of_the_answer() -> None:
    values = addresses(8)[::-1]

    assert [r.to_text() for r in written(query(), answer_of(*values)).answer[0]] == list(values)


def test_what_does_not_fit_is_cut_and_marked() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSBehavior.html"""
    long = answer_of(*addresses(40))

    assert written(query(), long).flags & dns.flags.TC
    whole = written(query(payload=4096), long, 4096)
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == 40


def test_optional_records_are_left_out_before_a_response_is_cut() -> None:
    """https://www.rfc-editor.org/rfc/rfc2181#section-9"""
    response = written(query(), answer_of(*addresses(25)))

    assert not response.flags & dns.flags.TC
    assert len(response.answer[0]) == 25
    assert not response.authority


@pytest.mark.parametrize("count", range(24, 31))
def test_edns_counts_among_the_bytes_of_a_response(count: int) -> None:
    asked = query(payload=512, subnet=("127.210.7.0", 24))

    response = written(asked, answer_of(*addresses(count)))

    assert response.options
    assert bool(response.flags & dns.flags.TC) == (len(response.answer) == 0)


def test_the_client_s_subnet_comes_back_with_a_scope() -> None:
    """https://www.rfc-editor.org/rfc/rfc7871#section-7.2.1"""
    response = written(query(subnet=("127.210.7.0", 24)), answer_of("192.0.2.1", scope=24))

    (option,) = response.options
    assert isinstance(option, dns.edns.ECSOption)
    assert (option.address, option.srclen, option.scopelen) == ("127.210.7.0", 24, 24)
    assert response.payload == 4096


def test_edns_is_answered_with_edns_and_the_flag_of_dnssec() -> None:
    """https://www.rfc-editor.org/rfc/rfc3225#section-3"""
    asked = query(payload=1232)
    asked.want_dnssec()

    response = written(asked, answer_of("192.0.2.1"))

    assert response.edns == 0
    assert response.ednsflags & dns.flags.DO
    assert not response.options


def test_a_denial_keeps_its_soa_in_a_small_datagram() -> None:
    soa = AnswerRecords(ZONE, "SOA", 900, ("a. b. 1 7200 900 1209600 86400",))
    denial = DnsAnswer(code=ResponseCode.NXDOMAIN, authority=(soa,))

    response = written(query(), denial)

    assert response.rcode() == dns.rcode.NXDOMAIN
    assert response.authority[0].ttl == 900


@pytest.mark.parametrize("code", [dns.rcode.REFUSED, dns.rcode.BADVERS])
def test_an_error_has_its_code_and_no_records(code: dns.rcode.Rcode) -> None:
    response = dns.message.from_wire(b"id" + write_error(parsed(query(payload=1232)), code))

    assert response.rcode() == code
    assert not response.answer
    assert not response.flags & dns.flags.AA
    assert response.question
