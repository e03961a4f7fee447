"""Certificates by SNI, versions and ciphers, over real sockets."""

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.functional.twin.tls.servers import (
    client_context,
    echo_server,
    instance_in,
    make_certificate,
    presented_names,
)
from twin.tls.server_context import TlsPolicy, TlsServerContext
from twin.topology.model import Certificate


def test_a_client_gets_the_certificate_of_the_name_that_it_asks_for(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html."""
    instance = instance_in(tmp_path)
    api = make_certificate(instance, "api.muster.test", algorithm="RSA_2048")
    wild = make_certificate(instance, "*.muster.test")
    other = make_certificate(instance, "other.test")

    async def check() -> None:
        async with echo_server(instance, wild, api, default=other) as served:

            async def ask(name: str | None) -> tuple[str, ...]:
                return await presented_names(served, instance, name)

            assert await ask("api.muster.test") == api.names
            assert await ask("API.muster.test") == api.names
            assert await ask("www.muster.test") == wild.names
            assert await ask("unknown.test") == other.names
            assert await ask(None) == other.names

    asyncio.run(check())


@pytest.mark.parametrize("name", ["unknown.test", None])
def test_without_a_default_an_unknown_name_gets_an_alert(tmp_path: Path, name: str | None) -> None:
    """Route 53 shows it as the failure `SSL alert handshake_failure`:

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
    """
    instance = instance_in(tmp_path)
    certificate = make_certificate(instance, "api.muster.test")

    async def check() -> None:
        async with echo_server(instance, certificate) as served:
            with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
                await presented_names(served, instance, name)
            assert len(served.failures) == 1

    asyncio.run(check())


def test_certificates_change_while_connections_stay_open(tmp_path: Path) -> None:
    instance = instance_in(tmp_path)
    before = make_certificate(instance, "a.test")
    after = make_certificate(instance, "a.test", "b.test")

    async def check() -> None:
        async with echo_server(instance, before) as served:
            reader, writer = await asyncio.open_connection(
                served.host, served.port, ssl=client_context(instance), server_hostname="a.test"
            )

            assert served.tls.configure([after]) == ()

            writer.write(b"still here")
            assert await reader.readexactly(10) == b"still here"
            assert await presented_names(served, instance, "a.test") == after.names
            writer.close()
            await writer.wait_closed()

    asyncio.run(check())


def test_a_certificate_without_its_file_is_a_problem_of_its_own(tmp_path: Path) -> None:
    instance = instance_in(tmp_path)
    good = make_certificate(instance, "good.test")
    lost = Certificate(arn="arn:lost", names=("lost.test",), pem_sha256="0" * 64)

    async def check() -> None:
        async with echo_server(instance, good) as served:
            problems = served.tls.configure([lost, good], default=lost)

            assert [problem.startswith("certificate arn:lost can't be") for problem in problems]
            assert await presented_names(served, instance, "good.test") == good.names

    asyncio.run(check())


def negotiate(
    server: ssl.SSLContext, client: ssl.SSLContext, name: str = "a.test"
) -> ssl.SSLObject:
    """The client's side of a handshake in memory. Raises ssl.SSLError of either side."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    served = server.wrap_bio(to_server, to_client, server_side=True)
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(9):
        for side in (asking, served):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return asking


def make_client(instance_ca: Path, highest: ssl.TLSVersion) -> ssl.SSLContext:
    client = ssl.create_default_context(cafile=str(instance_ca))
    client.set_ciphers("ALL:@SECLEVEL=0")
    client.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    client.maximum_version = highest
    return client


OLD = TlsPolicy(protocols=("TLSv1.2", "TLSv1.1", "TLSv1"), ciphers=("ECDHE-ECDSA-AES128-SHA",))
STRICT = TlsPolicy(protocols=("TLSv1.3",), ciphers=("TLS_AES_128_GCM_SHA256",))
USUAL = TlsPolicy(
    protocols=("TLSv1.3", "TLSv1.2"),
    ciphers=("TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
)


@pytest.mark.parametrize(
    ("policy", "highest", "negotiated"),
    [
        (OLD, ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        (OLD, ssl.TLSVersion.TLSv1_3, "TLSv1.2"),
        (USUAL, ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        (USUAL, ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        (STRICT, ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        (STRICT, ssl.TLSVersion.TLSv1_2, None),
    ],
)
def test_a_policy_decides_on_the_version(
    tmp_path: Path, policy: TlsPolicy, highest: ssl.TLSVersion, negotiated: str | None
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html."""
    instance = instance_in(tmp_path)
    tls = TlsServerContext(instance.certificate_path)
    tls.configure([make_certificate(instance, "a.test")], policy=policy)
    client = make_client(instance.ca_path, highest)

    if negotiated is None:
        with pytest.raises(ssl.SSLError, match=r"(?i)protocol"):
            negotiate(tls.context, client)
    else:
        assert negotiate(tls.context, client).version() == negotiated


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_policy_serves_clients_of_tls_1_0(tmp_path: Path) -> None:
    instance = instance_in(tmp_path)
    tls = TlsServerContext(instance.certificate_path)
    tls.configure([make_certificate(instance, "a.test")], policy=OLD)

    connection = negotiate(tls.context, make_client(instance.ca_path, ssl.TLSVersion.TLSv1))

    assert connection.version() == "TLSv1"
    tls.configure([make_certificate(instance, "a.test")], policy=USUAL)
    with pytest.raises(ssl.SSLError):
        negotiate(tls.context, make_client(instance.ca_path, ssl.TLSVersion.TLSv1))


def test_a_policy_decides_on_the_ciphers(tmp_path: Path) -> None:
    instance = instance_in(tmp_path)
    tls = TlsServerContext(instance.certificate_path)
    certificate = make_certificate(instance, "a.test")
    tls.configure([certificate], policy=OLD)
    client = make_client(instance.ca_path, ssl.TLSVersion.TLSv1_2)

    cipher = negotiate(tls.context, client).cipher()
    tls.configure([certificate], policy=USUAL)
    later = negotiate(tls.context, client).cipher()

    assert cipher is not None
    assert later is not None
    assert (cipher[0], later[0]) == ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-GCM-SHA256")


def test_http_1_is_agreed_on_and_http_2_is_not(tmp_path: Path) -> None:
    instance = instance_in(tmp_path)
    tls = TlsServerContext(instance.certificate_path)
    tls.configure([make_certificate(instance, "a.test")])
    client = client_context(instance)
    client.set_alpn_protocols(["h2", "http/1.1"])

    assert negotiate(tls.context, client).selected_alpn_protocol() == "http/1.1"
