"""Route 53's name servers: four addresses, each for UDP and TCP.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
"""

import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from functools import partial

from twin.dns_server import DnsServer, Source
from twin.errors import StartFailed
from twin.route53.responder import Responder


@contextlib.asynccontextmanager
async def serving_dns(
    responder: Responder, addresses: Sequence[tuple[str, int]]
) -> AsyncIterator[None]:
    """Answer queries to each server at its address while the block runs. Raises StartFailed."""

    def respond(number: int, message: bytes, source: Source) -> bytes | None:
        return responder.respond(message, source.ip, server=number, over_tcp=source.over_tcp)

    with contextlib.ExitStack() as stack:
        for number, (host, port) in enumerate(addresses):
            try:
                server = await DnsServer(partial(respond, number)).start((host, port))
            except OSError as exc:
                raise StartFailed(
                    f"{host}:{port}, the address of a name server, can't be opened: "
                    f"{os.strerror(exc.errno or 0)}; another program has it, end that or take "
                    "another instance"
                ) from exc
            stack.callback(server.close)
        yield
