"""What the answer to a query is made of."""

from dataclasses import dataclass
from enum import StrEnum

from twin.core.dns.names import DomainName


class ResponseCode(StrEnum):
    """https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1"""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class DnsQuestion:
    """A name and a type, of class IN."""

    name: DomainName
    type: str


@dataclass(frozen=True, slots=True)
class AnswerRecords:
    """Records of one name and type in an answer."""

    name: DomainName
    type: str
    ttl_s: int
    values: tuple[str, ...]
    """In the format of zone files, escapes in octal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer:
    """The sections of an answer."""

    code: ResponseCode
    zone_id: str = ""
    """The hosted zone that answers; empty without one, and for a name that AWS owns."""
    authoritative: bool = True
    answer: tuple[AnswerRecords, ...] = ()
    authority: tuple[AnswerRecords, ...] = ()
    additional: tuple[AnswerRecords, ...] = ()
    scope: int = 0
    """Bits of the client's address that the answer depends on."""


REFUSED = DnsAnswer(code=ResponseCode.REFUSED, authoritative=False)
