"""Reads and writes the two tables in the function's own Region, within a deadline.

The client makes one short attempt. This module decides whether there is time for a
second one, and turns every failure of the client into TableUnavailable. Ids are checked before; the
health switch's item is returned unparsed.

Reads are eventually consistent: at half the price, and a recent write of another Region may be
missing either way. Writing the same item twice changes nothing, so a write may be retried.

The DynamoDB client is made once per execution environment, at import. Its time-outs end before the
load balancer's own time-out, so that a health check of an unreachable table is answered with 503
instead of silence. botocore does not retry: its pauses between attempts are random and up to a
second long: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from app.clock import Clock
from app.errors import TableUnavailable

T = TypeVar("T")
Attributes = Mapping[str, Mapping[str, Any]]
"""An item in DynamoDB's JSON: name -> {type: value}."""

MAX_ATTEMPTS = 2
PROBE_ID = "health"
"""Id that the health check reads; the item need not exist."""
TRANSIENT_CODES = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
    }
)
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""


class DynamoClient(Protocol):
    """The used part of botocore's DynamoDB client."""

    def get_item(self, *, TableName: str, Key: Attributes) -> Mapping[str, Any]: ...

    def put_item(self, *, TableName: str, Item: Attributes) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the table."""

    item_id: str
    value: str | None
    written_in: str | None
    """The Region that wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBudget:
    """Time for calls to the tables, in seconds."""

    total_s: float
    """All attempts of one request."""
    attempt_s: float
    """One attempt: connecting and reading."""


class ItemStore:
    """Reads and writes items; `deadline` is on the monotonic clock."""

    def __init__(
        self,
        client: DynamoClient,
        *,
        table: str,
        control_table: str,
        clock: Clock,
        budget: TimeBudget,
    ) -> None:
        self._client = client
        self._table = table
        self._control_table = control_table
        self._clock = clock
        self._budget = budget

    def read(self, item_id: str) -> Item | None:
        """The item, or None. Raises TableUnavailable."""
        found = self._get(self._table, item_id, self._deadline())
        if found is None:
            return None
        return Item(item_id=item_id, value=_text(found, "value"), written_in=_text(found, "region"))

    def write(self, item: Item) -> None:
        """Store the item; replaces one with its id. Raises TableUnavailable."""
        attributes = {
            name: {"S": text}
            for name, text in (
                ("item_id", item.item_id),
                ("value", item.value),
                ("region", item.written_in),
            )
            if text is not None
        }
        self._call(
            lambda: self._client.put_item(TableName=self._table, Item=attributes), self._deadline()
        )

    def probe(self, deadline: float) -> None:
        """Read the table as a request does. Raises TableUnavailable."""
        self._get(self._table, PROBE_ID, deadline)

    def control_item(self, item_id: str, deadline: float) -> Attributes | None:
        """An item of the control table, or None. Raises TableUnavailable."""
        return self._get(self._control_table, item_id, deadline)

    def _deadline(self) -> float:
        return self._clock.monotonic() + self._budget.total_s

    def _get(self, table: str, item_id: str, deadline: float) -> Attributes | None:
        answer = self._call(
            lambda: self._client.get_item(TableName=table, Key={"item_id": {"S": item_id}}),
            deadline,
        )
        found: Attributes | None = answer.get("Item")
        return found

    def _call(self, call: Callable[[], T], deadline: float) -> T:
        """Call, and retry once after a transient failure if there is time.

        The retry is for a connection that DynamoDB closed while the execution environment was
        frozen between two requests.
        """
        for _ in range(MAX_ATTEMPTS - 1):
            try:
                with as_table_unavailable():
                    return call()
            except TableUnavailable as exc:
                if not exc.transient or self._clock.monotonic() + self._budget.attempt_s > deadline:
                    raise
        with as_table_unavailable():
            return call()


@contextmanager
def as_table_unavailable() -> Iterator[None]:
    """Raise the client's errors as TableUnavailable."""
    try:
        yield
    except ClientError as exc:
        code = exc.response.get("Error", {}).get("Code", "")
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        transient = code in TRANSIENT_CODES or status >= 500
        raise TableUnavailable(str(exc), transient=transient) from exc
    except (HTTPClientError, ResponseParserError) as exc:
        raise TableUnavailable(str(exc), transient=True) from exc
    except BotoCoreError as exc:
        raise TableUnavailable(str(exc), transient=False) from exc


def _text(item: Attributes, name: str) -> str | None:
    text = item.get(name, {}).get("S")
    return text if isinstance(text, str) else None


CONNECT_SHARE = 0.4
"""Share of an attempt's time for connecting; reading has the rest."""
MAX_ATTEMPT_S = 1.0


def make_time_budget(total_s: float) -> TimeBudget:
    """Three attempts fit: two for the health switch, and one for the table."""
    return TimeBudget(total_s=total_s, attempt_s=min(total_s / 3, MAX_ATTEMPT_S))


def make_dynamodb_client(region: str, limits: TimeBudget) -> DynamoClient:
    """A client for the Region's tables; connects at the first call."""
    config = Config(
        connect_timeout=limits.attempt_s * CONNECT_SHARE,
        read_timeout=limits.attempt_s * (1 - CONNECT_SHARE),
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
        max_pool_connections=1,  # one request at a time
        parameter_validation=False,  # ids are checked already; saves a tenth of a call
        account_id_endpoint_mode="disabled",  # one endpoint in a Region, so one connection
        user_agent=f"Botocore/{botocore.__version__}",  # else built anew: a fifth of a call
    )
    session = botocore.session.get_session()
    client = session.create_client("dynamodb", region_name=region, config=config)
    return cast("DynamoClient", client)  # botocore makes its methods at run time
