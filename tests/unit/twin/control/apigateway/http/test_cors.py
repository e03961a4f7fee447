"""CORS configurations that HTTP APIs take."""

import pytest

from twin.control.apigateway.http.cors import read_cors
from twin.control.document_service import CallRefused
from twin.topology.apigateway import CorsConfiguration


def test_a_configuration_is_taken_as_it_is_given() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    found = read_cors(
        {
            "AllowOrigins": ["https://a.test", "https://*"],
            "AllowMethods": ["GET", "*"],
            "AllowHeaders": ["X-A"],
            "ExposeHeaders": ["x-b"],
            "MaxAge": 60,
            "AllowCredentials": True,
        }
    )

    assert found == CorsConfiguration(
        allow_origins=("https://a.test", "https://*"),
        allow_methods=("GET", "*"),
        allow_headers=("X-A",),
        expose_headers=("x-b",),
        max_age_s=60,
        allow_credentials=True,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"AllowOrigins": ["a.test"]},
        {"AllowOrigins": ["https://a.test/path"]},
        {"AllowMethods": ["FETCH"]},
        {"AllowHeaders": ["a b"]},
        {"ExposeHeaders": ["a\nb"]},
        {"AllowOrigins": ["*"], "AllowCredentials": True},
    ],
)
def test_a_wrong_one_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(CallRefused, match="Invalid CORS configuration"):
        read_cors(wrong)
