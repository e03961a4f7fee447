"""Requests through a load balancer to a function, over real sockets."""

import re

from tests.functional.twin.region.world import CONSTANT, Deployed, World

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_the_head_of_a_response_is_that_of_a_load_balancer(world: World) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    await world.deploy(Deployed(code=world.zip(CONSTANT)))

    answer = await world.raw(REQUEST)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert re.sub(rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", b"Date: D", head) == (
        b"HTTP/1.1 200 OK\r\n"
        b"Server: awselb/2.0\r\n"
        b"Date: D\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n"
        b"Content-Length: 12\r\n"
        b"Connection: keep-alive"
    )
    assert body == b"<p>hello</p>"
