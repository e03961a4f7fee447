"""The routes of the key/value store.

POST /kv/KEY   {"value": "..."}; stores any string, and names the Region that wrote
GET  /kv/KEY   the value, with the Regions of its write and of this read

Of two writes in two Regions within the replication lag, the later one stays, and the earlier one is
gone: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

from app.errors import BadRequest, NotFound
from app.http.bodies import check_text, read_json_object
from app.http.messages import Page, Request
from app.ids import check_item_id
from app.service import Route, Segments, Service, ServiceContext
from app.table import Attributes, read_text

TEMPLATE = "/kv/{key}"


def make_service(context: ServiceContext) -> Service:
    answers = _Answers(context)
    return Service(
        name="keyvalues",
        routes=(
            Route(method="GET", template=TEMPLATE, answer=answers.read),
            Route(method="POST", template=TEMPLATE, answer=answers.write),
        ),
        probe_key=table_key("health"),
    )


def table_key(key: str) -> Attributes:
    return {"key": {"S": key}}


def parse_key(segments: Segments) -> str:
    """Raises BadRequest, also for a slash: API Gateway would decode it to the end of a segment."""
    key = check_item_id(segments["key"], "the key")
    if "/" in key:
        raise BadRequest("the key has a slash")
    return key


class _Answers:
    def __init__(self, context: ServiceContext) -> None:
        self._region = context.region
        self._table = context.table

    def read(self, _request: Request, segments: Segments) -> Page:
        key = parse_key(segments)
        item = self._table.get(table_key(key))
        if item is None:
            raise NotFound(f"no key '{key}'")
        data = {
            "key": key,
            "value": read_text(item, "value"),
            "writeRegion": read_text(item, "region"),
            "readRegion": self._region,
        }
        return Page(status=200, html=None, data=data)

    def write(self, request: Request, segments: Segments) -> Page:
        key = parse_key(segments)
        body = read_json_object(request.body, required=("value",))
        data = {"key": key, "value": check_text(body["value"], "value"), "region": self._region}
        self._table.put({name: {"S": text} for name, text in data.items()})
        return Page(status=200, html=None, data=data)
