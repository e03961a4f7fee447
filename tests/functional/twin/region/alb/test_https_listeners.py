"""HTTPS listeners of a load balancer in a Region's process, over real sockets."""

import asyncio
import json
import ssl
from dataclasses import replace

import pytest

from tests.functional.twin.region.alb.answers import ECHO, FORWARD, status_of
from tests.functional.twin.region.metrics_report import BALANCER, sample_total, take_metrics
from tests.functional.twin.region.region_process import PORT, RegionDeployment, RegionProcess
from tests.functional.twin.tls.servers import client_context, make_certificate
from tests.waiting import async_eventually
from twin.topology.model import Certificate, ListenerAction, ListenerTls, LoadBalancerListener

HTTPS_PORT = 8443
TLS_POLICY = {
    "protocols": ("TLSv1.3", "TLSv1.2"),
    "ciphers": ("TLS_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
}
REQUEST = b"GET /get/a HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"


def https(
    *certificates: Certificate, action: ListenerAction = FORWARD, **tls: tuple[str, ...]
) -> LoadBalancerListener:
    arns = tuple(certificate.arn for certificate in certificates)
    return LoadBalancerListener(
        arn="secure",
        port=HTTPS_PORT,
        protocol="HTTPS",
        default_action=action,
        tls=ListenerTls(certificates=arns, **{**TLS_POLICY, **tls}),
    )


async def serve(
    region: RegionProcess,
    *listeners: LoadBalancerListener,
    certificates: tuple[Certificate, ...],
    attributes: tuple[tuple[str, str], ...] = (),
) -> None:
    deployment = RegionDeployment(code=region.zip(ECHO), listeners=listeners, attributes=attributes)
    await region.publish(replace(deployment.topology(region.address), certificates=certificates))


async def ask(
    region: RegionProcess, name: str = "a.test", context: ssl.SSLContext | None = None
) -> tuple[bytes, dict[str, object]]:
    """The response to a request over TLS, and the certificate."""
    reader, writer = await asyncio.open_connection(
        region.address,
        HTTPS_PORT,
        ssl=context or client_context(region.instance),
        server_hostname=name,
    )
    try:
        writer.write(REQUEST)
        answer = await asyncio.wait_for(reader.read(), 10)
        return answer, writer.get_extra_info("peercert")
    finally:
        writer.close()


def event_headers(answer: bytes) -> dict[str, str]:
    headers: dict[str, str] = json.loads(answer.partition(b"\r\n\r\n")[2])["headers"]
    return headers


async def test_a_function_is_called_over_tls_and_hears_of_it(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
    """
    certificate = make_certificate(region.instance, "a.test")
    enabled = "routing.http.x_amzn_tls_version_and_cipher_suite.enabled"
    await serve(
        region,
        https(certificate),
        certificates=(certificate,),
        attributes=((enabled, "true"),),
    )

    answer, _ = await ask(region)

    headers = event_headers(answer)
    assert status_of(answer) == 200
    assert headers["x-forwarded-proto"] == "https"
    assert headers["x-forwarded-port"] == str(HTTPS_PORT)
    assert headers["x-amzn-tls-version"] == "TLSv1.3"
    assert headers["x-amzn-tls-cipher-suite"].startswith("TLS_")


async def test_certificates_are_chosen_by_name_and_a_wrong_name_gets_the_default(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html"""
    default = make_certificate(region.instance, "default.test")
    wild = make_certificate(region.instance, "*.a.test")
    await serve(region, https(default, wild), certificates=(default, wild))
    context = client_context(region.instance)
    context.check_hostname = False

    async def names_for(name: str) -> object:
        _, shown = await ask(region, name, context)
        return shown["subjectAltName"]

    assert await names_for("x.a.test") == (("DNS", "*.a.test"),)
    assert await names_for("wrong.test") == (("DNS", "default.test"),)


async def test_http_is_redirected_to_https(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#redirect-actions"""
    certificate = make_certificate(region.instance, "a.test")
    redirect = ListenerAction(
        type="redirect",
        status_code="HTTP_301",
        redirect={"Protocol": "HTTPS", "Port": str(HTTPS_PORT)},
    )
    same = ListenerAction(type="redirect", status_code="HTTP_302", redirect={"Path": "/other"})
    plain = LoadBalancerListener(arn="p", port=PORT, protocol="HTTP", default_action=redirect)
    await serve(region, plain, https(certificate, action=same), certificates=(certificate,))

    to_https = await region.send_raw(REQUEST)
    secure, _ = await ask(region)

    assert f"Location: https://a.test:{HTTPS_PORT}/get/a\r\n".encode() in to_https
    assert f"Location: https://a.test:{HTTPS_PORT}/other\r\n".encode() in secure


async def test_plain_http_on_the_port_of_tls_gets_a_page(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""
    certificate = make_certificate(region.instance, "a.test")
    await serve(region, https(certificate), certificates=(certificate,))

    reader, writer = await asyncio.open_connection(region.address, HTTPS_PORT)
    writer.write(REQUEST)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert status_of(answer) == 400
    assert b"Server: awselb/2.0\r\n" in answer
    assert b"The plain HTTP request was sent to HTTPS port" in answer


async def test_certificates_change_without_a_restart(region: RegionProcess) -> None:
    before = make_certificate(region.instance, "a.test")
    after = make_certificate(region.instance, "a.test", "b.test")
    await serve(region, https(before), certificates=(before,))
    reader, writer = await asyncio.open_connection(
        region.address, HTTPS_PORT, ssl=client_context(region.instance), server_hostname="a.test"
    )

    renewed = replace(before, pem_sha256=after.pem_sha256, names=after.names)
    await serve(region, https(before), certificates=(renewed,))

    _, shown = await ask(region)
    assert shown["subjectAltName"] == (("DNS", "a.test"), ("DNS", "b.test"))
    writer.write(REQUEST)
    assert status_of(await asyncio.wait_for(reader.read(), 10)) == 200
    writer.close()


async def test_a_policy_refuses_old_clients_and_counts_them(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """
    certificate = make_certificate(region.instance, "a.test")
    strict = https(certificate, protocols=("TLSv1.3",), ciphers=("TLS_AES_128_GCM_SHA256",))
    await serve(region, strict, certificates=(certificate,))
    old = client_context(region.instance)
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises(ssl.SSLError):
        await ask(region, context=old)

    async def counted() -> bool:
        report = await take_metrics(region)
        return sample_total(report, "ClientTLSNegotiationErrorCount", BALANCER) == 1

    assert await async_eventually(counted)


async def test_a_missing_certificate_is_a_problem_of_its_listener(region: RegionProcess) -> None:
    certificate = make_certificate(region.instance, "a.test")
    lost = Certificate(arn="arn:lost", names=("lost.test",), pem_sha256="0" * 64)
    plain = LoadBalancerListener(arn="p", port=PORT, protocol="HTTP", default_action=FORWARD)
    await serve(region, plain, https(lost, certificate), certificates=(lost, certificate))

    (balancer,) = (await region.status()).load_balancers
    answer, _ = await ask(region)

    assert f"port {HTTPS_PORT} certificate arn:lost can't be loaded" in balancer.problem
    assert status_of(answer) == 200
    assert (await region.get())[0] == 200
    await serve(region, https(certificate), certificates=(certificate,))
    assert (await region.status()).load_balancers[0].problem == ""


async def test_a_listener_changes_between_http_and_https(region: RegionProcess) -> None:
    certificate = make_certificate(region.instance, "a.test")
    plain = LoadBalancerListener(
        arn="secure", port=HTTPS_PORT, protocol="HTTP", default_action=FORWARD
    )
    await serve(region, plain, certificates=(certificate,))

    await serve(region, https(certificate), certificates=(certificate,))

    answer, _ = await ask(region)
    assert status_of(answer) == 200
