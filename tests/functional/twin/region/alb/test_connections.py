"""HTTP connections of a listener: reuse, end, and the bytes of a response."""

import asyncio

from tests.functional.twin.region.alb.answers import status_of, without_date
from tests.functional.twin.region.region_process import (
    CONSTANT,
    PORT,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import async_eventually


async def test_the_head_of_a_response_is_that_of_a_load_balancer(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))

    answer = await region.send_raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert without_date(head) == (
        b"HTTP/1.1 200 OK\r\n"
        b"Server: awselb/2.0\r\n"
        b"Date: D\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n"
        b"Content-Length: 12\r\n"
        b"Connection: keep-alive"
    )
    assert body == b"<p>hello</p>"


async def test_head_connection_close_and_http_1_0_are_served(region: RegionProcess) -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))

    head = await region.send_raw(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    closed = await region.send_raw(
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", until_close=True
    )
    old = await region.send_raw(b"GET / HTTP/1.0\r\n\r\n", until_close=True)

    assert b"Content-Length: 12\r\n" in head
    assert head.endswith(b"\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in closed
    assert b"\r\nConnection: close\r\n" in old
    assert old.endswith(b"<p>hello</p>")


async def test_a_connection_serves_many_requests_even_pipelined(region: RegionProcess) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))
    once = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    answers = await region.send_raw(once + once + last, until_close=True)

    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert answers.count(b"<p>hello</p>") == 3


async def test_an_idle_connection_is_closed(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout"""
    await region.deploy(
        RegionDeployment(
            code=region.zip(CONSTANT), attributes=(("idle_timeout.timeout_seconds", "1"),)
        )
    )

    both = await asyncio.gather(
        region.send_raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", until_close=True),
        region.send_raw(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx", until_close=True
        ),
    )

    assert [status_of(answer) for answer in both] == [200, 408]


async def test_a_connection_past_its_maximum_age_is_closed(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#http-client-keep-alive-duration"""
    await region.deploy(
        RegionDeployment(
            code=region.zip(CONSTANT), attributes=(("client_keep_alive.seconds", "0"),)
        )
    )

    answer = await region.send_raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", until_close=True)

    assert b"\r\nConnection: close\r\n" in answer


async def test_a_client_that_does_not_read_gets_no_more_responses(region: RegionProcess) -> None:
    """Otherwise its responses would fill the Region's memory."""
    large = (
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'headers': {}, 'isBase64Encoded': False,"
        " 'body': 'x' * 1_000_000}"
    )
    await region.deploy(RegionDeployment(code=region.zip(large)))
    sent_requests = 200
    _, writer = await asyncio.open_connection(region.address, PORT, limit=1)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * sent_requests)
    invoked: list[int] = []

    async def has_stopped_growing() -> bool:
        invoked.append((await region.status()).functions[0].invocations)
        return invoked[-30:] == [invoked[-1]] * 30 and invoked[-1] > 1

    await async_eventually(has_stopped_growing, within_s=20.0)
    writer.transport.abort()

    assert invoked[-1] < sent_requests / 2
