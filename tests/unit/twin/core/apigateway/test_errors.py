"""API Gateway's own errors differ between its two types of API."""

import pytest

from twin.core.apigateway.errors import GatewayError, GatewayErrorKind


@pytest.mark.parametrize(
    ("kind", "rest", "http"),
    [
        (GatewayErrorKind.NO_ROUTE, (403, "Missing Authentication Token"), (404, "Not Found")),
        (GatewayErrorKind.FORBIDDEN, (403, "Forbidden"), (403, "Forbidden")),
        (
            GatewayErrorKind.BAD_ANSWER,
            (502, "Internal server error"),
            (500, "Internal Server Error"),
        ),
        (
            GatewayErrorKind.NOT_PERMITTED,
            (500, "Internal server error"),
            (500, "Internal Server Error"),
        ),
        (
            GatewayErrorKind.TIMED_OUT,
            (504, "Endpoint request timed out"),
            (503, "Service Unavailable"),
        ),
        (GatewayErrorKind.THROTTLED, (429, "Too Many Requests"), (429, "Too Many Requests")),
    ],
)
def test_status_and_message_of_an_error(
    kind: GatewayErrorKind, rest: tuple[int, str], http: tuple[int, str]
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    forms = [kind.form(is_rest=is_rest) for is_rest in (True, False)]

    assert [(form.status, form.message) for form in forms] == [rest, http]


def test_each_kind_stands_for_itself() -> None:
    """Two kinds with the same forms would be one."""
    assert len(GatewayErrorKind.__members__) == len(list(GatewayErrorKind))


def test_an_error_has_a_text_even_without_a_detail() -> None:
    assert str(GatewayError(GatewayErrorKind.THROTTLED)) == "THROTTLED"
    assert str(GatewayError(GatewayErrorKind.THROTTLED, "why")) == "why"
