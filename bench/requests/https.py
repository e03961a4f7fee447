"""What TLS costs a load balancer: a warm GET over HTTPS beside the same GET over HTTP.

Listeners of HTTPS are added to a deployed load balancer: one with a certificate of 2,048 bits of
RSA, which is Certificate Manager's default, and one of the curve P-256. Each round runs every case.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

from bench.requests.get import WrkResult, combine_results, run_wrk
from tests.e2e.checkout import Checkout
from tests.x509_factory import make_certificate, rsa_key

ROUNDS = 3
POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
PORTS = {"RSA_2048": 8443, "EC_prime256v1": 8444}
CONNECTIONS: tuple[Literal["keep", "close"], ...] = ("keep", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsTiming:
    """Medians of one case."""

    case: str
    """`HTTP`, or the algorithm of the certificate."""
    connection: str
    wrk: WrkResult


def measure_https(copy: Checkout) -> list[HttpsTiming]:
    """Measure all cases with one client."""
    urls = _listener_urls(copy)
    results: defaultdict[tuple[str, str], list[WrkResult]] = defaultdict(list)
    for _ in range(ROUNDS):
        for connection in CONNECTIONS:
            for case, url in urls.items():
                result = run_wrk(f"{url}/get/foobar", clients=1, connection=connection)
                results[case, connection].append(result)
    return [
        HttpsTiming(case=case, connection=connection, wrk=combine_results(runs))
        for (case, connection), runs in results.items()
    ]


def _listener_urls(copy: Checkout) -> dict[str, str]:
    """Add the listeners; case -> address of its listener."""
    region = copy.outputs()["home_region"]
    elb, acm = copy.client("elbv2", region), copy.client("acm", region)
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    arn, host = balancer["LoadBalancerArn"], balancer["DNSName"]
    (plain,) = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    urls = {"HTTP": f"http://{host}:{plain['Port']}"}
    for algorithm, port in PORTS.items():
        elb.create_listener(
            LoadBalancerArn=arn,
            Protocol="HTTPS",
            Port=port,
            SslPolicy=POLICY,
            Certificates=[{"CertificateArn": _import_certificate(acm, algorithm)}],
            DefaultActions=plain["DefaultActions"],
        )
        urls[algorithm] = f"https://{host}:{port}"
    return urls


def _import_certificate(acm: Any, algorithm: str) -> str:  # noqa: ANN401 - a client of boto3
    key = rsa_key(2048) if algorithm == "RSA_2048" else None
    made = make_certificate("bench.test", key=key)
    found = acm.import_certificate(Certificate=made.pem, PrivateKey=made.key_pem)
    return str(found["CertificateArn"])


def format_https_table(rows: list[HttpsTiming]) -> str:
    """A Markdown table; the ratio is to HTTP with connections of the same kind."""
    plain = {row.connection: row.wrk.p50_us for row in rows if row.case == "HTTP"}
    lines = [
        "| certificate | connection | p50 us | p99 us | per s | failed | p50 / HTTP |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.case} | {row.connection} | {row.wrk.p50_us:.0f} | {row.wrk.p99_us:.0f} "
        f"| {row.wrk.per_s:.0f} | {row.wrk.failed} | {row.wrk.p50_us / plain[row.connection]:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)
