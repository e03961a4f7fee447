"""What one check of an endpoint saw, how it is judged, and how AWS words it.

    step                                  time limit
    TCP connection                        4 s; 10 s of a TCP check
    TLS, request, status and headers      2 s after connecting
    first 5,120 bytes of the body         2 s after the status, of checks that search for a string

Status codes 200 to 399 pass; redirects are not followed. A search string must be in the first 5,120
bytes of the body, in the same case. The limits are real time at any speed of the twin.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html

AWS documents no list of status texts. Those of a status code, of a connection that takes too long
and of an endpoint that demands SNI are AWS's; the others are worded after them:
https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckLastFailureReason.html
"""

from dataclasses import dataclass

from twin.core.http.messages import standard_phrase

SEARCHED_BYTES = 5120
MAX_HEADER_BYTES = 16_384
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""

BODY_NOT_UNPACKED = "The response body could not be decompressed"
CONNECT_TIMED_OUT = "The health checker could not establish a connection within the timeout limit"
CONNECTED = "The health checker could establish a connection"
CONNECTION_REFUSED = "The endpoint refused the connection"
CONNECTION_LOST = "The endpoint closed the connection before its response was complete"
DNS_FAILED = "DNS resolution failed"
FOREIGN_ADDRESS = "The address is none that clients of the twin can reach"
HANDSHAKE_FAILED = "SSL alert handshake_failure"
RESPONSE_TIMED_OUT = "The endpoint did not return an HTTP status code within the timeout limit"
BODY_TIMED_OUT = "The endpoint did not return the response body within the timeout limit"
HEADERS_TOO_LONG = "The headers of the response are longer than 16,384 bytes"
NO_HTTP = "The response is no HTTP response"
STRING_NOT_FOUND = "The response body does not contain the search string"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLimits:
    """Time limits of one check, in seconds; real time at any speed of the twin."""

    connect_s: float = 4.0
    status_s: float = 2.0
    """From the connection to the status code."""
    body_s: float = 2.0
    """From the status code to the first 5,120 bytes of the body."""
    tcp_s: float = 10.0
    """For the connection of a TCP check."""


AWS_LIMITS = CheckLimits()


@dataclass(frozen=True, slots=True)
class Observation:
    """Result of one check by one checker."""

    passed: bool
    text: str
    resolved_ip: str = ""
    """Empty for an endpoint that is given by its address."""

    @property
    def status(self) -> str:
        """Status of the API's StatusReport."""
        resolved = f". Resolved IP: {self.resolved_ip}" if self.resolved_ip else ""
        return f"{'Success' if self.passed else 'Failure'}: {self.text}{resolved}"


def is_status_passing(code: int) -> bool:
    return 200 <= code < 400


def describe_http_status(code: int, reason: str = "") -> str:
    """`HTTP Status Code 503, Service Unavailable`; `reason` is the response's own phrase."""
    reason = reason or standard_phrase(code)
    return f"HTTP Status Code {code}" + (f", {reason}" if reason else "")


def judge_status(code: int, reason: str = "") -> Observation:
    """Judge a response whose body does not count."""
    return Observation(is_status_passing(code), describe_http_status(code, reason))


def judge_body(code: int, reason: str, body: bytes, search_string: str) -> Observation:
    """Judge a response with its body, unpacked, of which the first 5,120 bytes count."""
    judged = judge_status(code, reason)
    if not judged.passed or search_string.encode() in body[:SEARCHED_BYTES]:
        return judged
    return Observation(False, f"{judged.text}. {STRING_NOT_FOUND}")
