"""HTTP desync: how risky a request is, and what each mitigation mode does with it.

A request that servers could read in different ways may hide a second one. AWS's load balancers give
every request a reason from a published library, and each reason has a tier:
https://github.com/aws/http-desync-guardian/tree/master/docs
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons

| Tier | monitor | defensive | strictest |
|---|---|---|---|
| COMPLIANT | allowed | allowed | allowed |
| ACCEPTABLE | allowed | allowed | blocked |
| AMBIGUOUS | allowed | allowed, then the connection is closed | blocked |
| SEVERE | allowed | blocked | blocked |

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#desync-mitigation-mode

A blocked request gets a 400, and its connection is closed.
"""

import re
from enum import IntEnum, StrEnum, auto
from functools import lru_cache


class DesyncMode(StrEnum):
    """Values of routing.http.desync_mitigation_mode."""

    MONITOR = "monitor"
    DEFENSIVE = "defensive"
    STRICTEST = "strictest"


class DesyncTier(IntEnum):
    COMPLIANT = auto()
    ACCEPTABLE = auto()
    AMBIGUOUS = auto()
    SEVERE = auto()


class DesyncReason(StrEnum):
    """Names of AWS; the first reason of the highest tier is a request's own."""

    COMPLIANT = "Compliant"

    NON_COMPLIANT_HEADER = "NonCompliantHeader"
    SPACE_IN_URI = "SpaceInUri"
    NON_COMPLIANT_VERSION = "NonCompliantVersion"
    GET_HEAD_ZERO_CONTENT_LENGTH = "GetHeadZeroContentLength"
    NON_CRLF_LINE_TERMINATION = "NonCrLfLineTermination"

    EMPTY_HEADER = "EmptyHeader"
    AMBIGUOUS_URI = "AmbiguousUri"
    UNDEFINED_CONTENT_LENGTH_SEMANTICS = "UndefinedContentLengthSemantics"
    UNDEFINED_TRANSFER_ENCODING_SEMANTICS = "UndefinedTransferEncodingSemantics"
    DUPLICATE_CONTENT_LENGTH = "DuplicateContentLength"
    BOTH_TE_CL_PRESENT = "BothTeClPresent"
    SUSPICIOUS_HEADER = "SuspiciousHeader"
    MULTILINE_HEADER = "MultilineHeader"
    MISSING_HEADER_COLON = "MissingHeaderColon"

    BAD_HEADER = "BadHeader"
    BAD_URI = "BadUri"
    BAD_VERSION = "BadVersion"
    BAD_METHOD = "BadMethod"
    BAD_CONTENT_LENGTH = "BadContentLength"
    MULTIPLE_CONTENT_LENGTH = "MultipleContentLength"
    MULTIPLE_TRANSFER_ENCODING_CHUNKED = "MultipleTransferEncodingChunked"
    BAD_TRANSFER_ENCODING = "BadTransferEncoding"

    @property
    def tier(self) -> DesyncTier:
        return _TIERS[self]


def _make_tiers() -> dict[DesyncReason, DesyncTier]:
    first_of_tier = {
        DesyncReason.COMPLIANT: DesyncTier.COMPLIANT,
        DesyncReason.NON_COMPLIANT_HEADER: DesyncTier.ACCEPTABLE,
        DesyncReason.EMPTY_HEADER: DesyncTier.AMBIGUOUS,
        DesyncReason.BAD_HEADER: DesyncTier.SEVERE,
    }
    tiers = {}
    tier = DesyncTier.COMPLIANT
    for reason in DesyncReason:
        tier = first_of_tier.get(reason, tier)
        tiers[reason] = tier
    return tiers


_TIERS = _make_tiers()


def worse_reason(first: DesyncReason, second: DesyncReason) -> DesyncReason:
    """The reason of the higher tier; the first one if both have the same."""
    return second if second.tier > first.tier else first


def is_blocked(reason: DesyncReason, mode: DesyncMode) -> bool:
    if mode is DesyncMode.STRICTEST:
        return reason is not DesyncReason.COMPLIANT
    return mode is DesyncMode.DEFENSIVE and reason.tier is DesyncTier.SEVERE


def closes_connection(reason: DesyncReason, mode: DesyncMode) -> bool:
    """Whether the connection is closed after an allowed request."""
    return mode is DesyncMode.DEFENSIVE and reason.tier is DesyncTier.AMBIGUOUS


def _similar_names(*words: str) -> re.Pattern[str]:
    """The names that differ from the words, joined by any character, in non-alphanumerics only.

    The names have single non-alphanumerics, see _RUN. IGNORECASE also matches the letters that
    become ASCII in upper case, as the library does.
    """
    spelled = [" ?".join(word) for word in words]
    return re.compile(rf"[ -]?{' ?.[ -]?'.join(spelled)}[ -]?", re.IGNORECASE | re.DOTALL)


_SIMILAR = (_similar_names("transfer", "encoding"), _similar_names("content", "length"))
_SHORTEST_SIMILAR = len("content-length")
_LONGEST_CACHED = 64
_RUN = re.compile(r"[^a-z0-9\u0131\u017f]+")
"""Non-alphanumerics, which become one character: otherwise a long run takes quadratic time."""


def is_suspicious_name(name: str) -> bool:
    """Whether a header's name could be read as Transfer-Encoding or Content-Length, and is neither.

    `name` is in lower case.
    """
    if len(name) < _SHORTEST_SIMILAR:
        return False
    return _is_similar_cached(name) if len(name) <= _LONGEST_CACHED else _is_similar(name)


def _is_similar(name: str) -> bool:
    if name in ("transfer-encoding", "content-length"):
        return False
    simple = _RUN.sub(lambda run: " " if max(run[0]) <= " " else "-", name)
    return any(pattern.fullmatch(simple) for pattern in _SIMILAR)


_is_similar_cached = lru_cache(maxsize=1024)(_is_similar)
