"""API Gateway's server: its port, TLS by names, connections, and the Region's network."""

import asyncio
import contextlib
import socket
import ssl
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from tests.apigateway_topologies import (
    DOMAIN,
    FUNCTION_ARN,
    HTTP_HOST,
    HTTP_ID,
    domain,
    gateway,
    http_api,
)
from tests.functional.twin.region.apigateway.running_gateway import (
    read_response,
    running_gateway,
)
from tests.waiting import async_eventually
from twin.core.faults import CLEAR_LINK, Link
from twin.core.lambda_.functions import group_qualifiers
from twin.region.apigateway.server import IDLE_S, integrated_functions

CONFIG = gateway(http_api(), domain(("", HTTP_ID, "$default")))
GET = b"GET / HTTP/1.1\r\nHost: api.muster.test\r\n\r\n"


def subject_names(writer: asyncio.StreamWriter) -> set[str]:
    certificate = writer.get_extra_info("peercert")
    return {name for _, name in certificate["subjectAltName"]}


async def test_a_certificate_is_chosen_by_the_name_that_a_client_asks_for(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html"""
    async with running_gateway(tmp_path, CONFIG) as api:
        _, custom = await api.connect(DOMAIN)
        _, default = await api.connect(HTTP_HOST)
        found = subject_names(custom), subject_names(default)

    assert found == ({DOMAIN}, {"*.execute-api.eu-central-1.amazonaws.com"})


@pytest.mark.parametrize("name", ["b.muster.test", "other.test"])
async def test_a_name_that_is_no_domain_gets_no_certificate(tmp_path: Path, name: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html"""
    async with running_gateway(tmp_path, CONFIG, "*.muster.test") as api:
        with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
            await api.connect(name)
        status = api.server.status()

    assert status is not None
    assert status.failed_handshakes == 1


async def test_a_client_without_a_name_gets_no_certificate(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html"""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with running_gateway(tmp_path, CONFIG) as api:
        with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
            await asyncio.open_connection(*api.address, ssl=context, server_hostname="")


async def test_old_versions_of_tls_are_refused(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html"""
    async with running_gateway(tmp_path, CONFIG) as api:
        context = api.client_context()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        _, writer = await api.connect(context=context)
        version = writer.get_extra_info("ssl_object").version()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await api.connect(context=context)

    assert version == "TLSv1.2"


async def test_plain_http_on_the_port_gets_a_page(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-400-issues"""
    async with running_gateway(tmp_path, CONFIG) as api:
        reader, writer = await asyncio.open_connection(*api.address)
        writer.write(GET)
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"The plain HTTP request was sent to HTTPS port" in answer


async def test_a_client_that_speaks_http_2_too_falls_back(tmp_path: Path) -> None:
    """https://www.rfc-editor.org/rfc/rfc7301"""
    async with running_gateway(tmp_path, CONFIG) as api:
        reader, writer = await api.connect(context=api.client_context("h2", "http/1.1"))
        protocol = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        writer.write(GET)
        answer = await read_response(reader)
        insisting, other = await api.connect(context=api.client_context("h2"))
        other.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        refused = await asyncio.wait_for(insisting.read(), 5)

    assert (protocol, answer.status) == ("http/1.1", 200)
    assert refused.startswith(b"HTTP/1.1 400 ")


async def test_a_connection_serves_many_requests(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    async with running_gateway(tmp_path, CONFIG) as api:
        reader, writer = await api.connect()
        writer.write(GET * 3)
        statuses = [(await read_response(reader)).status for _ in range(3)]

    assert statuses == [200, 200, 200]


async def test_a_silent_connection_is_closed(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    async with running_gateway(tmp_path, CONFIG, idle_s=0.1) as api:
        reader, writer = await api.connect()
        writer.write(GET)
        answer = await read_response(reader)
        rest = await asyncio.wait_for(reader.read(), 5)
        half, other = await api.connect()
        other.write(GET[:20])
        late = await asyncio.wait_for(half.read(), 5)

    assert IDLE_S == 310
    assert (answer.status, rest) == (200, b"")
    assert late.startswith(b"HTTP/1.1 408 ")


async def test_a_taken_port_is_a_problem_and_is_retried(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, gateway()) as api:
        taken = socket.create_server(api.address)
        await api.configure(CONFIG)
        before = api.server.status()
        taken.close()
        await api.server.retry()
        after = api.server.status()
        answer = await api.get()

    assert before is not None
    assert after is not None
    assert "can't be opened" in before.problem
    assert (after.problem, answer.status) == ("", 200)


async def test_without_apis_nothing_listens(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, CONFIG) as api:
        await api.configure(gateway())
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*api.address)

        assert api.server.status() is None


async def test_a_domain_without_its_certificate_is_a_problem_and_the_rest_serves(
    tmp_path: Path,
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html"""
    wrong = replace(domain(("", HTTP_ID, "$default"), name="b.test"), certificate_arn="arn:none")
    async with running_gateway(tmp_path, CONFIG) as api:
        await api.configure(gateway(*CONFIG.apis, *CONFIG.domains, wrong))
        status = api.server.status()
        answer = await api.get()

    assert status is not None
    assert status.problem == "b.test has no certificate arn:none"
    assert answer.status == 200


async def test_a_change_of_the_configuration_keeps_connections(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html"""
    async with running_gateway(tmp_path, CONFIG) as api:
        reader, writer = await api.connect()
        writer.write(GET)
        before = await read_response(reader)
        await api.configure(gateway(*CONFIG.apis))
        writer.write(GET)
        after = await read_response(reader)

    assert (before.status, after.status) == (200, 403)


async def test_nothing_passes_while_the_network_is_cut(tmp_path: Path) -> None:
    """A black hole: connections hang, and nobody gets an error."""
    async with running_gateway(tmp_path, CONFIG) as api:
        reader, writer = await api.connect()
        api.server.set_link(Link(cut=True))
        writer.write(GET)
        kept = asyncio.ensure_future(read_response(reader))
        new = asyncio.ensure_future(api.get())
        done, _ = await asyncio.wait((kept, new), timeout=0.2)
        api.server.set_link(CLEAR_LINK)
        answers = await asyncio.wait_for(asyncio.gather(kept, new), 5)

    assert not done
    assert [answer.status for answer in answers] == [200, 200]


async def test_a_slow_network_delays_answers(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, CONFIG) as api:
        reader, writer = await api.connect()
        api.server.set_link(Link(delay_s=0.1))
        began = asyncio.get_running_loop().time()
        writer.write(GET)
        answer = await read_response(reader)
        took = asyncio.get_running_loop().time() - began

    assert answer.status == 200
    assert 0.2 <= took < 2


async def test_a_client_that_leaves_does_not_disturb_others(tmp_path: Path) -> None:
    async with running_gateway(tmp_path, CONFIG) as api:
        api.function.holds = True
        _, writer = await api.connect()
        writer.write(GET)
        await async_eventually(lambda: asyncio.sleep(0, len(api.function.running) == 1))
        writer.transport.abort()
        api.function.holds = False
        answer = await api.get()
        with contextlib.suppress(asyncio.InvalidStateError):
            api.function.finish(api.function.running[0], {"statusCode": 200})

    assert answer.status == 200


def test_functions_of_all_stages_are_kept_warm() -> None:
    assert group_qualifiers(integrated_functions(CONFIG)) == {FUNCTION_ARN: frozenset({"live"})}
