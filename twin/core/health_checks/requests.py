"""The HTTP request of a health checker.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
"""

from urllib.parse import quote

from twin.topology.route53 import HealthCheck, HealthCheckType

STRING_MATCH_TYPES: frozenset[HealthCheckType] = frozenset({"HTTP_STR_MATCH", "HTTPS_STR_MATCH"})
TLS_TYPES: frozenset[HealthCheckType] = frozenset({"HTTPS", "HTTPS_STR_MATCH"})
ENDPOINT_TYPES: frozenset[HealthCheckType] = (
    STRING_MATCH_TYPES | TLS_TYPES | frozenset({"HTTP", "TCP"})
)
_DEFAULT_PORTS = {True: 443, False: 80}
_KEPT_IN_PATH = "!#$%&'()*+,/:;=?@[]~\"<>\\^`{|}"


def port_of(check: HealthCheck) -> int:
    return check.port or _DEFAULT_PORTS[check.type in TLS_TYPES]


def host_header(check: HealthCheck) -> str:
    """The domain name, else the address; with the port, unless it is the protocol's own."""
    host = check.fqdn.rstrip(".") or check.ip_address
    port = port_of(check)
    return host if port == _DEFAULT_PORTS[check.type in TLS_TYPES] else f"{host}:{port}"


def build_request(check: HealthCheck) -> bytes:
    """Bytes of the request; characters that no path can have are escaped."""
    path = check.resource_path
    path = path if path.startswith("/") else f"/{path}"
    lines = (
        f"GET {quote(path, safe=_KEPT_IN_PATH)} HTTP/1.1",
        f"Host: {quote(host_header(check), safe=_KEPT_IN_PATH)}",
        "Connection: close",
        f"User-Agent: Amazon-Route53-Health-Check-Service (ref {check.id}; "
        "report http://amzn.to/1vsZADi)",
        "Accept: */*",
        "Accept-Encoding: gzip, deflate",
        "",
        "",
    )
    return "\r\n".join(lines).encode("ascii")
