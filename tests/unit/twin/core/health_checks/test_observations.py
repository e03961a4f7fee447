"""Judging of one check, and the texts of GetHealthCheckStatus.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

from dataclasses import replace

import pytest

from twin.core.health_checks.observations import Observation, judge_body, judge_status


@pytest.mark.parametrize(
    ("code", "passed"),
    [(199, False), (200, True), (204, True), (302, True), (399, True), (400, False), (503, False)],
)
def test_status_codes_from_200_to_399_pass(code: int, *, passed: bool) -> None:
    assert judge_status(code).passed is passed


def test_texts_have_the_code_and_the_phrase() -> None:
    assert judge_status(200, "OK").status == "Success: HTTP Status Code 200, OK"
    assert judge_status(503).status == "Failure: HTTP Status Code 503, Service Unavailable"
    assert judge_status(799).status == "Failure: HTTP Status Code 799"


def test_an_endpoint_by_name_has_its_address_in_the_text() -> None:
    assert (
        replace(judge_status(200, "OK"), resolved_ip="127.0.0.9").status
        == "Success: HTTP Status Code 200, OK. Resolved IP: 127.0.0.9"
    )
    assert Observation(False, "DNS resolution failed").status == "Failure: DNS resolution failed"


def test_the_search_string_must_be_in_the_first_5120_bytes() -> None:
    assert judge_body(200, "OK", b"x" * 5116 + b"fine", "fine").passed
    assert not judge_body(200, "OK", b"x" * 5117 + b"fine", "fine").passed


def test_the_search_string_counts_in_its_case() -> None:
    assert judge_body(200, "OK", "große Güte".encode(), "Güte").passed
    assert not judge_body(200, "OK", b"Fine", "fine").passed


def test_a_found_string_does_not_save_a_bad_status() -> None:
    judged = judge_body(500, "", b"fine", "fine")
    assert judged.status == "Failure: HTTP Status Code 500, Internal Server Error"


def test_a_missing_string_is_named() -> None:
    assert judge_body(200, "OK", b"", "fine").status == (
        "Failure: HTTP Status Code 200, OK. The response body does not contain the search string"
    )
