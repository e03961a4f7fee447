"""What DynamoDB's endpoint answers to HTTP requests that are no call of an operation. Pure.

AWS documents none of it; dynalite's tests were written against the service:
https://github.com/architect/dynalite (test/connection.js)
"""

from dataclasses import dataclass

HEALTH_PATHS = frozenset({"/", "/ping"})
MAX_REQUEST_BYTES = 16 * 1024 * 1024
"""Of the body of a call. https://github.com/architect/dynalite (test/connection.js)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointAnswer:
    status: int
    body: bytes
    content_type: str = "text/plain"
    """INFERRED where it is no JSON."""


def answer_no_call(method: str, path: str, region: str) -> EndpointAnswer:
    """The answer to a request with another method than POST, or another path than `/`."""
    if method in ("GET", "HEAD") and path in HEALTH_PATHS:
        # The space at the end is the service's.
        return EndpointAnswer(
            status=200, body=f"healthy: dynamodb.{region}.amazonaws.com ".encode()
        )
    if method == "POST":  # to another path; INFERRED from a POST without a target
        body = (
            b'{"__type":"com.amazon.coral.service#UnknownOperationException",'
            b'"message":"DynamoDB has one path, which is /"}'
        )
        return EndpointAnswer(status=400, body=body, content_type="application/x-amz-json-1.0")
    return EndpointAnswer(status=404, body=b"<UnknownOperationException/>\n")
