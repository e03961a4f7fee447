"""How long a resolver keeps an answer."""

import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from twin.cities.answer_cache import AnswerCache, ResolvedAnswer

QUESTION = (dns.name.from_text("api.muster.test"), dns.rdatatype.A)
SOA = "ns1.muster.test. hostmaster.muster.test. 1 7200 900 1209600 86400"


def positive(*ttls_s: int) -> ResolvedAnswer:
    rrsets = tuple(
        dns.rrset.from_text(f"n{number}.muster.test.", ttl_s, "IN", "A", "127.0.0.9")
        for number, ttl_s in enumerate(ttls_s)
    )
    return ResolvedAnswer(rcode=dns.rcode.NOERROR, answer=rrsets)


def negative(rcode: dns.rcode.Rcode, soa_ttl_s: int) -> ResolvedAnswer:
    soa = dns.rrset.from_text("muster.test.", soa_ttl_s, "IN", "SOA", SOA)
    return ResolvedAnswer(rcode=rcode, authority=(soa,))


def test_an_answer_lives_as_long_as_its_shortest_ttl() -> None:
    cache = AnswerCache()
    cache.put(QUESTION, positive(300, 60), now=1000.0)

    kept = cache.get(QUESTION, now=1059.0)

    assert kept is not None
    assert [rrset.ttl for rrset in kept.answer] == [1, 1]
    assert cache.get(QUESTION, now=1060.0) is None


def test_what_is_left_of_the_ttl_is_shown() -> None:
    cache = AnswerCache()
    cache.put(QUESTION, positive(60), now=0.0)

    kept = cache.get(QUESTION, now=20.5)

    assert kept is not None
    assert kept.answer[0].ttl == 40  # rounded up from 39.5


def test_speed_divides_the_time_and_not_the_ttl_shown() -> None:
    cache = AnswerCache(speed=20)
    cache.put(QUESTION, positive(60), now=0.0)

    half = cache.get(QUESTION, now=1.5)

    assert half is not None
    assert half.answer[0].ttl == 30
    assert cache.get(QUESTION, now=3.0) is None


@pytest.mark.parametrize("rcode", [dns.rcode.NXDOMAIN, dns.rcode.NOERROR])
def test_a_negative_answer_lives_as_long_as_its_soa(rcode: dns.rcode.Rcode) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html."""
    cache = AnswerCache()
    cache.put(QUESTION, negative(rcode, 900), now=0.0)

    assert cache.get(QUESTION, now=899.0) is not None
    assert cache.get(QUESTION, now=900.0) is None


def test_a_failure_is_not_kept() -> None:
    cache = AnswerCache()
    cache.put(QUESTION, ResolvedAnswer(rcode=dns.rcode.SERVFAIL), now=0.0)

    assert cache.get(QUESTION, now=0.0) is None


def test_a_ttl_of_0_is_not_kept() -> None:
    cache = AnswerCache()
    cache.put(QUESTION, positive(0), now=0.0)

    assert len(cache) == 0


def test_the_cache_has_a_limit() -> None:
    cache = AnswerCache(max_entries=10)
    for number in range(50):
        name = dns.name.from_text(f"n{number}.muster.test")
        cache.put((name, dns.rdatatype.A), positive(60), now=float(number))

    assert len(cache) == 10
