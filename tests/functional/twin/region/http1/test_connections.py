"""HTTP connections of a listener: reuse, end, and the bytes of a response."""

import asyncio
import random
import re
import socket
from typing import NoReturn, TypeVar

import pytest

from tests.descriptors import only_reserved_descriptors
from tests.functional.twin.region.alb.answers import without_date
from tests.functional.twin.region.alb.echo_listener import (
    EchoFunction,
    EchoListener,
    answer,
    serving_echo,
)
from tests.functional.twin.region.region_process import (
    CONSTANT,
    PORT,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import async_eventually
from twin.region.http1.connections import MAX_PARTS_IN_A_TURN
from twin.topology.model import ListenerAction

T = TypeVar("T")


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


# -- one listener in this process

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def statuses_of(answers: bytes) -> list[int]:
    return [int(line[9:12]) for line in re.findall(rb"HTTP/1\.1 \d{3}", answers)]


async def test_head_connection_close_and_http_1_0_are_served() -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2"""
    async with serving_echo() as listener:
        head = await listener.exchange(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        closed = await listener.exchange(LAST)
        old = await listener.exchange(b"GET / HTTP/1.0\r\n\r\n")

    assert re.search(rb"\r\nContent-Length: [1-9]\d+\r\n", head)
    assert head.endswith(b"\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in closed
    assert b"\r\nConnection: close\r\n" in old
    assert old.endswith(b"}")


async def test_a_connection_serves_many_requests_even_pipelined() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2"""
    async with serving_echo() as listener:
        answers = await listener.exchange(GET * 2000 + LAST + GET)

    assert statuses_of(answers) == [200] * 2001


async def test_a_connection_past_its_maximum_age_is_closed() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#http-client-keep-alive-duration"""
    async with serving_echo() as listener:
        listener.server.timeouts.keep_alive_s = 0.0
        answers = await listener.exchange(GET + GET)

    assert statuses_of(answers) == [200]
    assert b"\r\nConnection: close\r\n" in answers


async def test_an_upgrade_that_is_not_taken_is_ignored() -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-7.8"""
    upgrade = (
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    )
    async with serving_echo() as listener:
        answers = await listener.exchange(upgrade + LAST)

    assert statuses_of(answers) == [200, 200]
    assert b"/last" in answers


async def test_what_follows_a_body_is_the_next_request() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2"""
    sized = b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nGET"
    async with serving_echo() as listener:
        answers = await listener.exchange(sized + CHUNKED + b"1\r\nG\r\n0\r\nA: b\r\n\r\n" + LAST)

    assert statuses_of(answers) == [200, 200, 200]


async def test_a_bad_chunk_in_a_later_segment_is_rejected_at_once() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-7.1"""
    async with serving_echo() as listener:
        answers = await listener.exchange(CHUNKED + b"3\r\nabc\r\n", b"3\r\nde", b"f\r\n", b"zz")

        assert statuses_of(answers) == [400]
        assert listener.function.events == []


@pytest.mark.parametrize(
    "sent", [b"GET / HT", b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_a_client_that_ends_within_a_request_gets_a_400(sent: bytes) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-400-issues"""
    async with serving_echo() as listener:
        answers = await listener.exchange(sent, ends=True)

        assert statuses_of(answers) == [400]
        assert listener.taken_metrics()["HTTPCode_ELB_4XX_Count"] == 1


@pytest.mark.parametrize(
    "sent", [b"GET / HT", b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_a_client_that_stops_within_a_request_gets_a_408(sent: bytes) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-408-issues"""
    async with serving_echo(idle_s=0.1) as listener:
        assert statuses_of(await listener.exchange(sent)) == [408]


UNFINISHED = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + bytes(40_000)
HALF_A_CHUNK = b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n" + bytes(
    40_000
)
HALF_A_HEAD = b"GET / HTTP/1.1\r\n" + b"X: %s\r\n" % bytes(10_000).replace(b"\0", b"x") * 4


async def holds(listener: EchoListener, at_least: int) -> None:
    memory = listener.server.memory
    await async_eventually(lambda: asyncio.sleep(0, memory.held_bytes >= at_least))


async def holds_nothing(listener: EchoListener) -> None:
    memory = listener.server.memory
    await async_eventually(lambda: asyncio.sleep(0, memory.held_bytes == 0))


@pytest.mark.parametrize("unfinished", [UNFINISHED, HALF_A_CHUNK, HALF_A_HEAD])
async def test_of_unfinished_requests_the_oldest_has_to_go(unfinished: bytes) -> None:
    async with serving_echo() as listener:
        listener.server.memory.max_bytes = 100_000
        clients = []
        for number in range(3):
            reader, writer = await asyncio.open_connection(*listener.address)
            clients.append((reader, writer))
            writer.write(unfinished)
            await holds(listener, min(40_000 * (number + 1), 80_000))

        async with asyncio.timeout(10):
            assert statuses_of(await clients[0][0].read()) == [503]
        assert statuses_of(await listener.exchange(LAST)) == [200]
        assert listener.server.memory.held_bytes > 80_000
        for _, writer in clients:
            writer.close()
        await holds_nothing(listener)


async def test_requests_that_wait_for_the_function_share_the_limit() -> None:
    large = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + bytes(60_000)
    async with serving_echo() as listener:
        listener.server.memory.max_bytes = 100_000
        listener.function.holds = True
        reader, writer = await asyncio.open_connection(*listener.address)
        writer.write(large)
        await holds(listener, 60_000)

        assert statuses_of(await listener.exchange(large)) == [503]
        assert len(listener.function.running) == 1
        answer(listener.function.running[0], b"done")
        async with asyncio.timeout(10):
            assert statuses_of(await reader.readuntil(b"done")) == [200]
        await holds_nothing(listener)
        writer.close()


async def test_a_request_whose_client_has_left_counts_until_its_function_ends() -> None:
    large = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + bytes(60_000)
    async with serving_echo() as listener:
        listener.server.memory.max_bytes = 100_000
        listener.function.holds = True
        for _ in range(2):
            _, writer = await asyncio.open_connection(*listener.address)
            writer.write(large)
            await holds(listener, 60_000)
            writer.transport.abort()
        await async_eventually(
            lambda: is_true(listener.taken_metrics().get("HTTPCode_ELB_4XX_Count"))
        )

        assert statuses_of(await listener.exchange(large)) == [503]
        assert len(listener.function.running) == 1
        answer(listener.function.running[0], b"late")
        await holds_nothing(listener)


async def test_a_client_that_reads_no_response_has_to_go_for_others() -> None:
    async with serving_echo() as listener:
        listener.function.holds = True
        with socket.create_connection(listener.address) as deaf:
            deaf.sendall(GET * 100)

            async def is_held() -> bool:
                for running in listener.function.running:
                    answer(running, b"x" * 900_000)
                listener.function.running.clear()
                return listener.server.memory.held_bytes > 100_000

            await async_eventually(is_held)
            listener.server.memory.max_bytes = listener.server.memory.held_bytes
            listener.function.holds = False

            assert statuses_of(await listener.exchange(LAST)) == [200]
            await holds_nothing(listener)


async def test_a_silent_connection_is_closed_without_a_response() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout"""
    async with serving_echo(idle_s=0.1) as listener:
        assert await listener.exchange(b"") == b""
        assert statuses_of(await listener.exchange(GET)) == [200]
        assert "HTTPCode_ELB_4XX_Count" not in listener.taken_metrics()


async def test_a_client_that_hangs_up_counts_as_460_and_as_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-460-issues"""
    async with serving_echo() as listener:
        listener.function.holds = True
        _, writer = await asyncio.open_connection(*listener.address)
        writer.write(GET)
        await async_eventually(lambda: is_true(listener.function.running))
        writer.transport.abort()
        counted = await async_eventually(
            lambda: is_true(listener.taken_metrics().get("HTTPCode_ELB_4XX_Count"))
        )
        answer(listener.function.running[0], b"late")
        listener.function.holds = False
        after = await listener.exchange(LAST)

        assert counted == 1
        assert listener.counts.elb_5xx == 0
        assert statuses_of(after) == [200]
        assert listener.taken_metrics()["HTTPCode_Target_2XX_Count"] == 1
    assert not caplog.records


async def is_true(value: T) -> T:
    return value


async def test_a_client_that_sends_while_its_request_is_answered_is_slowed_down() -> None:
    """Otherwise its bytes would fill the Region's memory."""
    async with serving_echo() as listener:
        listener.function.holds = True
        _, writer = await asyncio.open_connection(*listener.address)
        writer.write(GET)
        await async_eventually(lambda: is_true(listener.function.running))
        writer.write(b"x" * 30_000_000)
        unsent: list[int] = []

        async def has_stopped_growing() -> bool:
            unsent.append(writer.transport.get_write_buffer_size())
            return unsent[-20:] == [unsent[-1]] * 20

        await async_eventually(has_stopped_growing)
        writer.transport.abort()

    assert unsent[-1] > 0


async def test_responses_make_no_room_for_more_requests_than_wait_already() -> None:
    """Otherwise the requests of one client would take the memory of all others."""
    async with serving_echo() as listener:
        listener.function.holds = True
        reader, writer = await asyncio.open_connection(*listener.address)
        writer.write(GET * 400_000)
        for _ in range(20):
            await async_eventually(lambda: is_true(listener.function.running))
            answer(listener.function.running.pop(), b"done")
            await asyncio.wait_for(reader.readuntil(b"done"), 10)
        held = listener.server.memory.held_bytes
        writer.transport.abort()

    assert 0 < held < 400_000


async def test_a_client_that_does_not_read_is_slowed_down_and_then_disconnected() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout"""
    large = ListenerAction(type="fixed-response", status_code="200", message_body="x" * 100_000)
    async with serving_echo(action=large, idle_s=0.5) as listener:
        _, writer = await asyncio.open_connection(*listener.address, limit=1)
        writer.write(GET * 1_000_000)  # 28 MB, and as many responses of 100 kB
        try:
            await async_eventually(lambda: is_true(writer.transport.is_closing()))
        finally:
            writer.transport.abort()

        assert listener.counts.requests < 5_000


class UnreadTransport(asyncio.Transport):
    """A transport that keeps the end of a response, because its peer reads nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert bytes(data).startswith(b"HTTP/1.1 ")

    def is_closing(self) -> bool:
        return self.closing

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize("ends", [False, True])
async def test_a_client_that_never_reads_the_end_of_a_response_is_disconnected(ends: bool) -> None:
    """Too little is unread for the transport to call `pause_writing`.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
    """
    transport = UnreadTransport()
    async with serving_echo(idle_s=0.05) as listener:
        connection = listener.server()
        connection.connection_made(transport)
        connection.data_received(GET)
        if ends and not connection.eof_received():
            transport.close()  # as asyncio does

        await async_eventually(lambda: is_true(transport.aborted))

        connection.connection_lost(None)


TRACE = b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_requests_that_are_refused_at_once_leave_time_to_other_clients() -> None:
    """Some hundred kilobytes of them would keep a Region from its health checks for a second."""
    async with serving_echo() as listener:
        connection = listener.server()
        connection.connection_made(UnreadTransport())

        connection.data_received(TRACE * 1000)
        handled_at_once = listener.counts.requests
        await async_eventually(lambda: is_true(listener.counts.requests == 1000))

        connection.connection_lost(None)
    assert handled_at_once < 100


async def test_a_client_that_leaves_before_its_turn_keeps_no_memory() -> None:
    async with serving_echo() as listener:
        connection = listener.server()
        connection.connection_made(UnreadTransport())

        connection.data_received(TRACE * (MAX_PARTS_IN_A_TURN - 1) + UNFINISHED)
        connection.connection_lost(None)

        assert statuses_of(await listener.exchange(LAST)) == [200]
        assert listener.server.memory.held_bytes == 0


class ResetTransport(asyncio.Transport):
    """A transport whose peer resets the connection while a response is written."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert bytes(data).startswith(b"HTTP/1.1 ")

    def write_eof(self) -> None:
        raise OSError("Transport endpoint is not connected")

    def is_closing(self) -> bool:
        return False

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        pass


async def test_a_reset_while_a_response_is_sent_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-460-issues"""
    async with serving_echo() as listener:
        connection = listener.server()
        connection.connection_made(ResetTransport())

        connection.data_received(b"nonsense\r\n\r\n")

        connection.connection_lost(None)
    assert not [record for record in caplog.records if record.levelname != "INFO"]


@pytest.mark.parametrize(
    ("mode", "acceptable", "ambiguous", "severe"),
    [
        ("monitor", [200, 200], [200, 200], [200, 200]),
        ("defensive", [200, 200], [200], [400]),
        ("strictest", [400], [400], [400]),
    ],
)
async def test_the_desync_mitigation_mode_decides_what_is_forwarded(
    mode: str, acceptable: list[int], ambiguous: list[int], severe: list[int]
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#desync-mitigation-mode"""
    async with serving_echo(routing__http__desync_mitigation_mode=mode) as listener:
        compliant = await listener.exchange(GET + LAST)
        found = [
            await listener.exchange(b"POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % lines + LAST)
            for lines in ((b"/a b", b"X: 1"), (b"/", b"Content_Length: 1"), (b"/", b"X: \x00"))
        ]

        assert statuses_of(compliant) == [200, 200]
        assert [statuses_of(answers) for answers in found] == [acceptable, ambiguous, severe]
        name = "DesyncMitigationMode_NonCompliant_Request_Count"
        assert listener.taken_metrics()[name] == 3


@pytest.mark.parametrize(("mode", "status"), [("monitor", 501), ("defensive", 400)])
async def test_an_unknown_transfer_coding_is_not_implemented_or_blocked(
    mode: str, status: int
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-501-issues"""
    async with serving_echo(routing__http__desync_mitigation_mode=mode) as listener:
        answers = await listener.exchange(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n"
        )

        assert statuses_of(answers) == [status]
        name = "DesyncMitigationMode_NonCompliant_Request_Count"
        assert listener.taken_metrics()[name] == 1


@pytest.mark.parametrize(
    ("drop", "metric"),
    [
        ("true", "DroppedInvalidHeaderRequestCount"),
        ("false", "ForwardedInvalidHeaderRequestCount"),
    ],
)
async def test_requests_with_invalid_headers_are_counted(drop: str, metric: str) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    sent = b"GET / HTTP/1.1\r\nHost: x\r\nX_Odd: yes\r\nConnection: close\r\n\r\n"
    async with serving_echo(routing__http__drop_invalid_header_fields__enabled=drop) as listener:
        answers = await listener.exchange(sent)

        assert (b"x_odd" in answers) is (drop == "false")
        assert listener.taken_metrics()[metric] == 1


async def test_a_connection_of_http_1_0_stays_open_on_request() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-9.3"""
    kept = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    async with serving_echo() as listener:
        answers = await listener.exchange(kept + kept + b"GET / HTTP/1.0\r\n\r\n" + GET)

    assert statuses_of(answers) == [200, 200, 200]


async def test_a_client_that_still_sends_gets_the_error() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-9.6"""
    head = b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9000000\r\n\r\n"
    async with serving_echo() as listener:
        answers = await listener.exchange(head, b"x" * 9_000_000)

        assert statuses_of(answers) == [100, 413]
        assert listener.function.events == []


async def test_a_fixed_response_needs_no_body_and_has_no_limit_for_it() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#fixed-response-actions"""
    fixed = ListenerAction(type="fixed-response", status_code="503", message_body="closed")
    small = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    large = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
    async with serving_echo(action=fixed) as listener:
        answers = await listener.exchange(small + large)

    assert statuses_of(answers) == [503, 503]
    assert answers.endswith(b"closed")


async def test_a_listeners_attributes_change_the_headers_of_all_responses() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html"""
    async with serving_echo(
        routing__http__response__server__enabled="false",
        routing__http__response__x_frame_options__header_value="DENY",
    ) as listener:
        for sent in (LAST, b"nonsense\r\n\r\n"):
            answer_head = (await listener.exchange(sent)).partition(b"\r\n\r\n")[0]

            assert b"Server:" not in answer_head
            assert b"\r\nX-Frame-Options: DENY" in answer_head


async def test_an_error_of_the_twin_is_a_500_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-500-issues"""

    class BrokenFunction(EchoFunction):
        def submit(self, *_: object, **__: object) -> NoReturn:
            raise ValueError("on purpose")

    async with serving_echo() as listener:
        listener.targets.function = BrokenFunction()
        answers = await listener.exchange(GET)

    assert statuses_of(answers) == [500]
    assert "on purpose" in caplog.text


async def test_requests_in_flight_finish_when_the_listener_closes() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"""
    async with serving_echo() as listener:
        listener.function.holds = True
        async with asyncio.TaskGroup() as tasks:
            first, second = (tasks.create_task(listener.exchange(GET)) for _ in range(2))
            await async_eventually(lambda: is_true(len(listener.function.running) == 2))
            tasks.create_task(listener.server.close(0.3))
            await async_eventually(lambda: is_true(listener.server.is_closing))
            answer(listener.function.running[0], b"in time")

    assert sorted([first.result(), second.result()])[0] == b""
    assert b"Connection: close\r\n" in first.result() + second.result()


# -- any bytes

PIECES = (
    b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST /p?q HTTP/1.1\r\nHost: x\r\n", b"GET", b"HEAD / ",
    b"HTTP/1.1\r\n", b"HTTP/1.0\r\n", b"HTTP/2.0\r\n", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\x00",
    b"Content-Length: 3\r\n", b"Content-Length: 4\r\n", b"Content-Length: 99999999\r\n", b"abc",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n", b"Connection: close\r\n",
    b"3\r\nabc\r\n", b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"Expect: 100-continue\r\n",
    b"Upgrade: websocket\r\nConnection: upgrade\r\n", b"X: \xff\r\n", b" folded\r\n", b": \r\n",
    b"Host: y\r\n", b"X" * 20_000, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01",
)  # fmt: skip


@pytest.mark.parametrize("mode", ["monitor", "defensive", "strictest"])
async def test_any_bytes_get_responses_or_a_close(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever arrives, in whatever segments: no error of the twin, and HTTP comes back."""
    rng = random.Random(20)
    async with serving_echo(routing__http__desync_mitigation_mode=mode) as listener:
        for _ in range(100):
            sent = b"".join(rng.choices(PIECES, k=rng.randint(1, 8)))
            cuts = sorted(rng.choices(range(len(sent)), k=rng.randint(0, 3)))
            pairs = zip((0, *cuts), (*cuts, len(sent)), strict=True)
            answers = await listener.exchange(*(sent[a:b] for a, b in pairs), ends=True)

            assert not answers or answers.startswith(b"HTTP/1.1 "), sent
            assert 500 not in statuses_of(answers), sent

        assert statuses_of(await listener.exchange(LAST)) == [200]
    assert not [record for record in caplog.records if record.levelname != "INFO"]


async def test_a_new_connection_takes_the_place_of_the_one_without_a_request_for_longest() -> None:
    """Thousands of idle clients must neither keep others out nor take the Region's memory."""
    async with serving_echo() as listener:
        listener.server.max_connections = 2
        clients = [await asyncio.open_connection(*listener.address) for _ in range(2)]
        for reader, writer in clients:
            writer.write(GET)
            await asyncio.wait_for(reader.readuntil(b"}"), 10)
        (first, _), (second, other) = clients

        served = await listener.exchange(LAST)
        gone = await asyncio.wait_for(first.read(), 10)
        other.write(LAST)
        kept = await asyncio.wait_for(second.read(), 10)
        for _, writer in clients:
            writer.close()

    assert statuses_of(served) == [200]
    assert b"HTTP/1.1" not in gone
    assert statuses_of(kept) == [200]


async def test_connections_whose_requests_are_answered_keep_their_places() -> None:
    async with serving_echo() as listener:
        listener.server.max_connections = 1
        listener.function.holds = True
        reader, writer = await asyncio.open_connection(*listener.address)
        writer.write(LAST)
        await async_eventually(lambda: is_true(listener.function.running))

        refused = await listener.exchange(LAST)
        answer(listener.function.running[0], b"done")
        served = await asyncio.wait_for(reader.read(), 10)
        writer.close()

    assert refused == b""
    assert statuses_of(served) == [200]


async def test_connections_leave_descriptors_to_the_process() -> None:
    """Whoever holds thousands of connections must not end the Region, or close its API."""
    request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with serving_echo() as listener:
        with only_reserved_descriptors():
            refused = await listener.exchange(request)
        served = await listener.exchange(request)

    assert refused == b""
    assert served.startswith(b"HTTP/1.1 200 ")
