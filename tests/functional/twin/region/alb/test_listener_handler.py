"""Requests to a function, and the load balancer's own answers."""

import asyncio
import json
import re

import pytest

from tests.functional.twin.region.alb.answers import ECHO, FORWARD, status_of, without_date
from tests.functional.twin.region.region_process import (
    CONSTANT,
    GROUP_ARN,
    LIVE,
    PORT,
    RegionDeployment,
    RegionProcess,
)
from twin.topology.model import ListenerAction, ListenerRule, LoadBalancerListener, RuleCondition

RETURN_BODY = """
import json
def handler(event, context):
    return json.loads(event["body"])
"""


async def test_the_event_describes_the_clients_request(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#receive-event-from-load-balancer"""
    await region.deploy(RegionDeployment(code=region.zip(ECHO)))

    answer = await region.send_raw(
        b"POST /a%20b?x=%31 HTTP/1.1\r\nHost: X\r\nContent-Type: text/plain\r\n"
        b"X-Forwarded-For: 10.1.2.3\r\nContent-Length: 4\r\n\r\nbody"
    )

    event = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (event["path"], event["queryStringParameters"]) == ("/a%20b", {"x": "%31"})
    assert (event["body"], event["isBase64Encoded"]) == ("body", False)
    assert event["headers"]["x-forwarded-for"] == "10.1.2.3, 127.0.0.1"
    assert event["headers"]["x-forwarded-port"] == str(PORT)
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", event["headers"]["x-amzn-trace-id"])
    assert event["requestContext"] == {"elb": {"targetGroupArn": GROUP_ARN}}


async def test_a_target_group_may_use_multi_value_headers(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers"""
    source = ECHO.replace('"headers": {"Content-Type": "a/b"}', '"multiValueHeaders": {"X": ["1"]}')
    await region.deploy(RegionDeployment(code=region.zip(source), multi_value=True))

    answer = await region.send_raw(b"GET /?a=1&a=2 HTTP/1.1\r\nHost: x\r\n\r\n")

    event = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}


async def test_expect_100_continue_gets_an_interim_response(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html"""
    await region.deploy(RegionDeployment(code=region.zip(ECHO)))
    reader, writer = await asyncio.open_connection(region.address, PORT)

    writer.write(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )
    interim = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.write(b"body")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()

    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert status_of(head) == 200


async def test_a_chunked_and_compressed_body_is_not_decompressed(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#receive-event-from-load-balancer"""
    await region.deploy(RegionDeployment(code=region.zip(ECHO)))

    answer = await region.send_raw(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )

    event = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (event["body"], event["isBase64Encoded"]) == ("YWJjZGU=", True)


async def test_an_error_has_the_load_balancers_page(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-503-issues"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT), targets=()))

    answer = await region.send_raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert without_date(head) == (
        b"HTTP/1.1 503 Service Temporarily Unavailable\r\n"
        b"Server: awselb/2.0\r\n"
        b"Date: D\r\n"
        b"Content-Type: text/html\r\n"
        b"Content-Length: 162\r\n"
        b"Connection: keep-alive"
    )
    assert body.startswith(b"<html>\r\n<head><title>503 Service Temporarily Unavailable</title>")
    (balancer,) = (await region.status()).load_balancers
    assert (balancer.requests, balancer.elb_5xx) == (1, 1)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad: \x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 17_000 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1" + b",1" * 30 + b"\r\n\r\n", 463),
        (b"GET /" + b"y" * 17_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/3.7\r\nHost: x\r\n\r\n", 505),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413),
    ],
)
async def test_a_bad_request_reaches_no_function(
    region: RegionProcess, sent: bytes, status: int
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))

    answer = await region.send_raw(sent)

    assert status_of(answer) == status
    assert b"Server: awselb/2.0\r\n" in answer
    assert (await region.status()).functions[0].invocations == 0


async def test_a_chunked_body_of_more_than_a_megabyte_is_rejected(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#lambda-functions-limits"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"

    exact = await region.send_raw(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunk * 16
        + b"0\r\n\r\n"
    )
    more = await region.send_raw(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunk * 16
        + b"1\r\nx\r\n0\r\n\r\n"
    )

    assert (status_of(exact), status_of(more)) == (200, 413)


async def test_rules_redirects_and_fixed_responses_work(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html"""
    rule = ListenerRule(
        arn="r",
        priority=1,
        conditions=(RuleCondition(field="path-pattern", values=("/old/*",)),),
        action=ListenerAction(type="redirect", status_code="HTTP_301", redirect={"Path": "/new"}),
    )
    no = ListenerAction(
        type="fixed-response", status_code="404", content_type="text/plain", message_body="no"
    )
    listeners = (
        LoadBalancerListener(
            arn="a", port=PORT, protocol="HTTP", default_action=FORWARD, rules=(rule,)
        ),
        LoadBalancerListener(arn="b", port=PORT + 1, protocol="HTTP", default_action=no),
    )
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT), listeners=listeners))

    moved = await region.send_raw(b"GET /old/x HTTP/1.1\r\nHost: x\r\n\r\n")
    async with region.http.get(f"http://{region.address}:{PORT + 1}/") as response:
        fixed = (response.status, await response.text())

    assert status_of(moved) == 301
    assert f"\r\nLocation: http://x:{PORT}/new\r\n".encode() in moved
    assert fixed == (404, "no")
    assert (await region.get())[0] == 200


async def test_status_headers_and_body_are_the_functions(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer"""
    await region.deploy(RegionDeployment(code=region.zip(RETURN_BODY), targets=(LIVE,)))
    response = {
        "statusCode": 418,
        "statusDescription": "418 Teapot",
        "isBase64Encoded": True,
        "headers": {"X-Served-Region": "eu-central-1"},
        "body": "/w==",
    }
    sent = json.dumps(response).encode()

    answer = await region.send_raw(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(sent) + sent
    )

    assert answer.startswith(b"HTTP/1.1 418 Teapot\r\n")
    assert b"\r\nX-Served-Region: eu-central-1\r\n" in answer
    assert answer.endswith(b"\r\n\r\n\xff")
