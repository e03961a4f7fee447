"""The routes of the counter.

GET /hits/hello    add a hit of the client's address; POST does the same, HEAD only reads
GET /hits/total    read the counter

A client may send `Idempotency-Key: ANYTHING` with a hit, and the same again when it repeats the
request: the hit counts once. Without it, a repeated request is another hit.

The address is what the service in front of the function saw; no header of the client's changes it.
It is shown to this client alone, and never stored.
"""

from collections.abc import Mapping

from app.http.messages import Page, Request
from app.service import Route, Segments, Service, ServiceContext
from app.services.hits.addresses import ClientKeys, parse_address, parse_request_id
from app.services.hits.counter import HitCount, HitCounter
from app.services.hits.shards import shard_key


def make_service(context: ServiceContext) -> Service:
    """Raises EnvironmentInvalid without a secret."""
    answers = _Answers(context)
    return Service(
        name="hits",
        routes=(
            Route(method="GET", template="/hits/hello", answer=answers.hello),
            Route(method="POST", template="/hits/hello", answer=answers.hello),
            Route(method="GET", template="/hits/total", answer=answers.total),
        ),
        probe_key=shard_key("health", context.region),
    )


class _Answers:
    def __init__(self, context: ServiceContext) -> None:
        self._region = context.region
        self._keys = ClientKeys(context.settings.get("SECRET", ""))
        self._counter = HitCounter(context.table, region=context.region, clock=context.clock)

    def hello(self, request: Request, segments: Segments) -> Page:
        if request.method == "HEAD":
            return self.total(request, segments)
        address = parse_address(request.client)
        request_id = parse_request_id(request.headers.get("idempotency-key"))
        count = self._counter.add(
            self._keys.client_key(address), self._keys.request_key(address, request_id)
        )
        repeated = {"repeated": count.repeated} if request_id else {}
        return self._page(address, count, repeated)

    def total(self, request: Request, _segments: Segments) -> Page:
        address = parse_address(request.client)
        return self._page(address, self._counter.read(self._keys.client_key(address)), {})

    def _page(self, address: str, count: HitCount, more: Mapping[str, object]) -> Page:
        data = {"ip": address, "hits": count.total, "region": self._region, "shards": count.hits}
        return Page(status=200, html=None, data={**data, **more})
