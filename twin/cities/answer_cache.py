"""A resolver's cache: how long an answer is kept, and what is left of its TTL. Pure.

An answer is kept for the lowest TTL of its records; a negative one for the lower one of the SOA's
TTL and its minimum (https://www.rfc-editor.org/rfc/rfc2308#section-5). Failures are not kept.
Expired answers are never given (no serve-stale, https://www.rfc-editor.org/rfc/rfc8767).
"""

import math
from dataclasses import dataclass

import dns.name
import dns.rcode
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rrset

MAX_ENTRIES = 1_000
"""Of one city, some 2 KB each: another user may ask for any number of names, in all the cities."""

Question = tuple[dns.name.Name, dns.rdatatype.RdataType]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedAnswer:
    """The answer to a question: its records, or the SOA that says that there are none."""

    rcode: dns.rcode.Rcode
    answer: tuple[dns.rrset.RRset, ...] = ()
    authority: tuple[dns.rrset.RRset, ...] = ()

    @property
    def ttl_s(self) -> int:
        """Seconds that the answer may be kept; 0 for a failure."""
        if self.rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return 0
        if self.answer and self.rcode == dns.rcode.NOERROR:
            return min(int(rrset.ttl) for rrset in self.answer)
        return min((_negative_ttl_s(rrset) for rrset in self.authority), default=0)

    def with_ttl(self, ttl_s: int) -> "ResolvedAnswer":
        """The same with no TTL above `ttl_s`."""
        return ResolvedAnswer(
            rcode=self.rcode,
            answer=tuple(_limit_ttl(rrset, ttl_s) for rrset in self.answer),
            authority=tuple(_limit_ttl(rrset, ttl_s) for rrset in self.authority),
        )


class AnswerCache:
    """The answers that one resolver keeps."""

    def __init__(self, speed: float = 1.0, max_entries: int = MAX_ENTRIES) -> None:
        """`speed` divides the time for which answers are kept."""
        self._speed = speed
        self._max_entries = max_entries
        self._kept: dict[Question, tuple[float, ResolvedAnswer]] = {}
        """Question -> end of the answer's life, and the answer."""

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, question: Question, answer: ResolvedAnswer, now: float) -> None:
        """Keep an answer. `now`: monotonic, in seconds."""
        if not answer.ttl_s:
            return
        if len(self._kept) >= self._max_entries:
            self._drop(now)
        self._kept[question] = (now + answer.ttl_s / self._speed, answer)

    def get(self, question: Question, now: float) -> ResolvedAnswer | None:
        """The answer with what is left of its TTL; None if there is none."""
        kept = self._kept.get(question)
        if kept is None:
            return None
        ends, answer = kept
        left_s = math.ceil((ends - now) * self._speed)
        if left_s <= 0:
            del self._kept[question]
            return None
        return answer.with_ttl(min(left_s, answer.ttl_s))

    def clear(self) -> None:
        self._kept.clear()

    def _drop(self, now: float) -> None:
        """Drop what has ended; if that is nothing, the oldest entry."""
        ended = [question for question, (ends, _) in self._kept.items() if ends <= now]
        for question in ended or [next(iter(self._kept))]:
            del self._kept[question]


def _negative_ttl_s(rrset: dns.rrset.RRset) -> int:
    soa = rrset[0]
    minimum = soa.minimum if isinstance(soa, dns.rdtypes.ANY.SOA.SOA) else rrset.ttl
    return min(int(rrset.ttl), int(minimum))


def _limit_ttl(rrset: dns.rrset.RRset, ttl_s: int) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(rrset.name, min(int(rrset.ttl), ttl_s), list(rrset))
