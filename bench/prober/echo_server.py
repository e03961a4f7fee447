"""A server that answers every request at once, as the peer of the measured prober.

`python -m bench.prober.echo_server` binds a free port of 127.0.0.1, prints it, and serves
until killed.
"""

import asyncio

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"X-Served-Region: eu-central-1\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok"
)


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request line; bodies count as part of the request before."""
        assert isinstance(self._transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport.write(ANSWER * data.count(b" HTTP/1.1\r\n"))


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
