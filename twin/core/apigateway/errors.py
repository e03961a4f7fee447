"""API Gateway's own errors: status, body and headers, which differ between REST and HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class ErrorForm:
    """How one type of API words an error."""

    status: int
    message: str
    exception: str = ""
    """Value of x-amzn-ErrorType; only REST APIs send it."""
    is_text: bool = False
    """Whether the body is the bare message, and not JSON."""


_INTERNAL = "InternalServerErrorException"


@dataclass(frozen=True, slots=True)
class _ErrorForms:
    response_type: str
    """Of REST APIs' gateway responses; empty: it can't be customized."""
    rest: ErrorForm
    http: ErrorForm


class GatewayErrorKind(Enum):
    """What went wrong, and how both types of API say it."""

    FORBIDDEN = _ErrorForms(
        "",
        ErrorForm(403, "Forbidden", "ForbiddenException"),
        ErrorForm(403, "Forbidden"),
    )
    """No API or no stage for the name and path. INFERRED for the stages of a REST API."""
    NO_ROUTE = _ErrorForms(
        "MISSING_AUTHENTICATION_TOKEN",
        ErrorForm(403, "Missing Authentication Token", "MissingAuthenticationTokenException"),
        ErrorForm(404, "Not Found"),
    )
    BAD_REQUEST = _ErrorForms(
        "",
        ErrorForm(400, "Bad Request", "BadRequestException"),
        ErrorForm(400, "Bad Request"),
    )
    REQUEST_TIMEOUT = _ErrorForms(
        "",
        ErrorForm(408, "Request Timeout", "RequestTimeoutException"),
        ErrorForm(408, "Request Timeout"),
    )
    """A client that stops within its request. INFERRED."""
    TOO_LARGE = _ErrorForms(
        "REQUEST_TOO_LARGE",
        ErrorForm(413, "HTTP content length exceeded 10485760 bytes.", is_text=True),
        ErrorForm(413, "Request Entity Too Large"),
    )
    URI_TOO_LONG = _ErrorForms(
        "",
        ErrorForm(414, "Request URI too long", "RequestUriTooLongException"),
        ErrorForm(414, "Request URI too long"),
    )
    HEADERS_TOO_LARGE = _ErrorForms(
        "",
        ErrorForm(431, "Request header fields too large", "BadRequestException"),
        ErrorForm(431, "Request header fields too large"),
    )
    """INFERRED: AWS documents the limit and not the answer."""
    THROTTLED = _ErrorForms(
        "THROTTLED",
        ErrorForm(429, "Too Many Requests", "TooManyRequestsException"),
        ErrorForm(429, "Too Many Requests"),
    )
    BAD_ANSWER = _ErrorForms(
        "DEFAULT_5XX",
        ErrorForm(502, "Internal server error", _INTERNAL),
        ErrorForm(500, "Internal Server Error"),
    )
    """The function has failed, or has answered in a wrong form."""
    NOT_PERMITTED = _ErrorForms(
        "API_CONFIGURATION_ERROR",
        ErrorForm(500, "Internal server error", _INTERNAL),
        ErrorForm(500, "Internal Server Error"),
    )
    """The API may not invoke the function, or there is no such function."""
    FUNCTION_THROTTLED = _ErrorForms(
        "DEFAULT_5XX",
        ErrorForm(500, "Internal server error", _INTERNAL),
        ErrorForm(503, "Service Unavailable"),
    )
    """Lambda answers 429. Of HTTP APIs INFERRED; users report 500 and 502 of REST APIs."""
    TIMED_OUT = _ErrorForms(
        "INTEGRATION_TIMEOUT",
        ErrorForm(504, "Endpoint request timed out", _INTERNAL),
        ErrorForm(503, "Service Unavailable"),
    )
    OVERLOADED = _ErrorForms(
        "",
        ErrorForm(503, "Service Unavailable", "ServiceUnavailableException"),
        ErrorForm(503, "Service Unavailable"),
    )
    """Too many bytes of unfinished requests. INFERRED."""
    INTERNAL = _ErrorForms(
        "DEFAULT_5XX",
        ErrorForm(500, "Internal server error", _INTERNAL),
        ErrorForm(500, "Internal Server Error"),
    )
    """The twin itself has failed."""

    @property
    def response_type(self) -> str:
        """`DEFAULT_5XX`, ...; empty if the response can't be customized."""
        return self.value.response_type

    def form(self, *, is_rest: bool) -> ErrorForm:
        return self.value.rest if is_rest else self.value.http


class GatewayError(Exception):
    """API Gateway answers with an error of its own."""

    def __init__(self, kind: GatewayErrorKind, detail: str = "") -> None:
        """`detail` says why; it goes to access logs, never to the client."""
        super().__init__(detail or kind.name)
        self.kind = kind
        self.detail = detail
