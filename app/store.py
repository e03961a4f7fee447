"""The two tables, in the function's own Region, within a time that is known beforehand.

The client tries once and gives up early (client.py); this file decides whether there is time for a
second try, and turns every failure of the client into TableUnavailable. It refuses to know what an
item means: ids come checked, the health switch's item goes out as it is.

Reads are eventually consistent: half the price, and what another Region wrote a moment ago may be
missing either way. Writing the same item twice changes nothing, so a write may be tried again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from app.clock import Clock
from app.errors import TableUnavailable

T = TypeVar("T")
Attributes = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB writes it: name -> {type: value}."""

MAX_TRIES = 2
PROBE_ID = "health"
"""The id that the health check reads; whether the item exists does not matter."""
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
    """What is used of botocore's DynamoDB client."""

    def get_item(self, *, TableName: str, Key: Attributes) -> Mapping[str, Any]:
        """Read one item."""
        ...

    def put_item(self, *, TableName: str, Item: Attributes) -> Mapping[str, Any]:
        """Write one item, whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the table."""

    item_id: str
    value: str | None
    written_in: str | None
    """The Region that wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBudget:
    """How long the tables may take, in seconds."""

    total_s: float
    """All tries for one request."""
    try_s: float
    """One try: connecting and reading."""


class ItemStore:
    """Reads and writes items; each call ends by its deadline (on the clock's monotonic time)."""

    def __init__(
        self,
        client: DynamoClient,
        *,
        table: str,
        control_table: str,
        clock: Clock,
        budget: TimeBudget,
    ) -> None:
        """Nothing is sent before the first call."""
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
        """Store the item over any that has its id. Raises TableUnavailable."""
        attributes = {
            name: {"S": text}
            for name, text in (
                ("item_id", item.item_id),
                ("value", item.value),
                ("region", item.written_in),
            )
            if text is not None
        }
        self._tried(
            lambda: self._client.put_item(TableName=self._table, Item=attributes), self._deadline()
        )

    def probe(self, deadline: float) -> None:
        """Read the table as a request would. Raises TableUnavailable."""
        self._get(self._table, PROBE_ID, deadline)

    def control_item(self, item_id: str, deadline: float) -> Attributes | None:
        """An item of the control table, or None. Raises TableUnavailable."""
        return self._get(self._control_table, item_id, deadline)

    def _deadline(self) -> float:
        return self._clock.monotonic() + self._budget.total_s

    def _get(self, table: str, item_id: str, deadline: float) -> Attributes | None:
        answer = self._tried(
            lambda: self._client.get_item(TableName=table, Key={"item_id": {"S": item_id}}),
            deadline,
        )
        found: Attributes | None = answer.get("Item")
        return found

    def _tried(self, call: Callable[[], T], deadline: float) -> T:
        """Call once, and once more if that may help and ends in time.

        The second try is there for the connection that the table closed while the execution
        environment was frozen between two requests.
        """
        for _ in range(MAX_TRIES - 1):
            try:
                with translated_errors():
                    return call()
            except TableUnavailable as exc:
                if not exc.transient or self._clock.monotonic() + self._budget.try_s > deadline:
                    raise
        with translated_errors():
            return call()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Whatever the client raises, as TableUnavailable."""
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
