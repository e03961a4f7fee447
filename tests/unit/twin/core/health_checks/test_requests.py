"""The request of a checker, and its Host header.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
"""

import pytest

from twin.core.health_checks.requests import build_request, host_header, port_of
from twin.topology.route53 import HealthCheck, HealthCheckType


def check(
    type_: HealthCheckType = "HTTP",
    *,
    fqdn: str = "",
    ip_address: str = "",
    port: int = 0,
    resource_path: str = "",
) -> HealthCheck:
    return HealthCheck(
        id="5fb4",
        version=1,
        type=type_,
        fqdn=fqdn,
        ip_address=ip_address,
        port=port,
        resource_path=resource_path,
    )


@pytest.mark.parametrize(
    ("type_", "port", "header"),
    [
        ("HTTP", 80, "a.example.com"),
        ("HTTPS", 443, "a.example.com"),
        ("HTTPS_STR_MATCH", 443, "a.example.com"),
        ("HTTP", 443, "a.example.com:443"),
        ("HTTPS", 80, "a.example.com:80"),
        ("HTTPS", 8443, "a.example.com:8443"),
    ],
)
def test_the_host_header_has_any_port_but_the_protocols_own(
    type_: HealthCheckType, port: int, header: str
) -> None:
    assert host_header(check(type_, fqdn="a.example.com", port=port)) == header


def test_an_address_takes_the_place_of_a_missing_name() -> None:
    assert host_header(check(ip_address="127.0.0.9", port=80)) == "127.0.0.9"
    assert host_header(check(ip_address="127.0.0.9", fqdn="a.test", port=80)) == "a.test"


def test_a_check_without_port_has_the_protocols_own() -> None:
    assert port_of(check("HTTP_STR_MATCH")) == 80
    assert port_of(check("HTTPS")) == 443


def test_the_request_names_the_service_and_the_check() -> None:
    text = build_request(check(fqdn="a.test", port=80, resource_path="/health?deep=1")).decode()
    first, *headers = text.split("\r\n")
    assert first == "GET /health?deep=1 HTTP/1.1"
    assert "Host: a.test" in headers
    assert any("Amazon-Route53-Health-Check-Service (ref 5fb4;" in line for line in headers)
    assert text.endswith("\r\n\r\n")


def test_a_path_gets_its_leading_slash() -> None:
    assert build_request(check(fqdn="a.test", resource_path="h")).startswith(b"GET /h HTTP/1.1\r\n")
    assert build_request(check(fqdn="a.test")).startswith(b"GET / HTTP/1.1\r\n")


def test_no_path_adds_a_header() -> None:
    wire = build_request(check(fqdn="a.test", resource_path="/a b\r\nX: y/ü"))
    assert wire.startswith(b"GET /a%20b%0D%0AX:%20y/%C3%BC HTTP/1.1\r\n")
