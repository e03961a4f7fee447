"""One table in the function's own Region: reads and writes within the request's deadline.

A Table passes its calls to botocore's client, with its name bound and items in DynamoDB's JSON. The
client makes one short attempt. This module decides whether there is time for a second one and
whether it is safe, and turns every failure of the client into TableUnavailable or ConditionFailed.

Reads are eventually consistent: at half the price, and a recent write of another Region may be
missing either way. Writing the same item twice changes nothing, so that may be repeated. A write
whose second execution would differ from the first (one that adds, one with a condition) is repeated
only where it is clear that the first was not executed.

The DynamoDB client is made once per execution environment, at import. Its time-outs end before the
load balancer's own time-out, so that a health check of an unreachable table is answered with 503
instead of silence. botocore does not retry: its pauses between attempts are random and up to a
second long: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from app.clock import Clock
from app.errors import ConditionFailed, TableUnavailable

T = TypeVar("T")
Attributes = Mapping[str, Mapping[str, Any]]
"""An item, or a part of one, in DynamoDB's JSON: name -> {type: value}."""
Names = Mapping[str, str]
"""Placeholders for attributes' names: `#name` -> name."""

MAX_ATTEMPTS = 2
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
CONDITION_CODE = "ConditionalCheckFailedException"


class DynamoClient(Protocol):
    """The used part of botocore's DynamoDB client."""

    def get_item(self, **request: Any) -> Mapping[str, Any]: ...  # noqa: ANN401

    def put_item(self, **request: Any) -> Mapping[str, Any]: ...  # noqa: ANN401

    def update_item(self, **request: Any) -> Mapping[str, Any]: ...  # noqa: ANN401

    def query(self, **request: Any) -> Mapping[str, Any]: ...  # noqa: ANN401

    def scan(self, **request: Any) -> Mapping[str, Any]: ...  # noqa: ANN401


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBudget:
    """Time for calls to the tables, in seconds."""

    total_s: float
    """All attempts of one request."""
    attempt_s: float
    """One attempt: connecting and reading."""


class RequestDeadline:
    """Until when the calls of the present request may take; an execution environment has one
    request at a time."""

    def __init__(self, clock: Clock, budget: TimeBudget) -> None:
        self._clock = clock
        self._budget = budget
        self._ends_at = 0.0
        self.begin()

    def begin(self) -> None:
        """Start the time of a request."""
        self._ends_at = self._clock.monotonic() + self._budget.total_s

    def is_over(self) -> bool:
        return self._clock.monotonic() >= self._ends_at

    def has_time_for_another(self) -> bool:
        """Whether one more attempt would end before the deadline."""
        return self._clock.monotonic() + self._budget.attempt_s <= self._ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """A part of the items of a query or a scan."""

    items: tuple[Attributes, ...]
    next_key: Attributes | None
    """Where the next part starts; None after the last one."""


class Table:
    """One table. Every method raises TableUnavailable."""

    def __init__(self, client: DynamoClient, *, name: str, deadline: RequestDeadline) -> None:
        self._client = client
        self._name = name
        self._deadline = deadline

    def get(self, key: Attributes) -> Attributes | None:
        """The item, or None."""
        answer = self._call(lambda: self._client.get_item(TableName=self._name, Key=key))
        found: Attributes | None = answer.get("Item")
        return found

    def put(
        self,
        item: Attributes,
        *,
        condition: str | None = None,
        names: Names | None = None,
        values: Attributes | None = None,
        repeat: bool = False,
    ) -> None:
        """Store the item; it replaces one with its key. Raises ConditionFailed.

        `repeat`: a second execution passes the condition, or the caller knows its own item.
        """
        request = _request(TableName=self._name, Item=item, **_expression(condition, names, values))
        self._call(lambda: self._client.put_item(**request), repeat=repeat or condition is None)

    def update(
        self,
        key: Attributes,
        expression: str,
        *,
        names: Names | None = None,
        values: Attributes | None = None,
        condition: str | None = None,
        repeat: bool = False,
    ) -> Attributes:
        """Change an item, or make it; the whole new item. Raises ConditionFailed.

        `repeat`: a second execution would change nothing more.
        """
        request = _request(
            TableName=self._name,
            Key=key,
            UpdateExpression=expression,
            ReturnValues="ALL_NEW",
            **_expression(condition, names, values),
        )
        answer = self._call(lambda: self._client.update_item(**request), repeat=repeat)
        changed: Attributes = answer.get("Attributes", {})
        return changed

    def query(
        self,
        condition: str,
        *,
        values: Attributes,
        names: Names | None = None,
        start: Attributes | None = None,
        limit: int | None = None,
    ) -> ItemPage:
        """One part of a partition's items, in the order of their sort keys."""
        request = _request(
            TableName=self._name,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ExclusiveStartKey=start,
            Limit=limit,
        )
        return self._page(lambda: self._client.query(**request))

    def query_all(
        self, condition: str, *, values: Attributes, names: Names | None = None
    ) -> list[Attributes]:
        """All of a partition's items."""
        page = self.query(condition, values=values, names=names)
        items = list(page.items)
        while page.next_key:
            page = self.query(condition, values=values, names=names, start=page.next_key)
            items += page.items
        return items

    def scan(self, *, start: Attributes | None = None, limit: int | None = None) -> ItemPage:
        """One part of all items, in no order."""
        request = _request(TableName=self._name, ExclusiveStartKey=start, Limit=limit)
        return self._page(lambda: self._client.scan(**request))

    def _page(self, read: Callable[[], Mapping[str, Any]]) -> ItemPage:
        answer = self._call(read)
        return ItemPage(
            items=tuple(answer.get("Items", ())), next_key=answer.get("LastEvaluatedKey")
        )

    def _call(self, call: Callable[[], T], *, repeat: bool = True) -> T:
        """Call, and repeat once after a transient failure if there is time.

        The repetition is for a connection that DynamoDB closed while the execution environment was
        frozen between two requests. Without `repeat`, only what was not executed is repeated.
        """
        if self._deadline.is_over():
            raise TableUnavailable("no time is left for this request", transient=False)
        for _ in range(MAX_ATTEMPTS - 1):
            try:
                return call_with_table_errors(call)
            except TableUnavailable as exc:
                safe = repeat or not exc.may_be_executed
                if not exc.transient or not safe or not self._deadline.has_time_for_another():
                    raise
        return call_with_table_errors(call)


def _request(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - botocore's own
    """The parameters that are set."""
    return {name: value for name, value in given.items() if value is not None}


def _expression(
    condition: str | None, names: Names | None, values: Attributes | None
) -> dict[str, Any]:
    return {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD" if condition else None,
    }


def call_with_table_errors(call: Callable[[], T]) -> T:
    """Call; the client's errors are raised as TableUnavailable or ConditionFailed."""
    try:
        return call()
    except ClientError as exc:
        raise _table_error(exc) from exc
    except (HTTPClientError, ResponseParserError) as exc:
        raise TableUnavailable(str(exc), transient=True, may_be_executed=True) from exc
    except BotoCoreError as exc:
        raise TableUnavailable(str(exc), transient=False) from exc


def _table_error(exc: ClientError) -> TableUnavailable | ConditionFailed:
    answer: Mapping[str, Any] = exc.response
    code = answer.get("Error", {}).get("Code", "")
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == CONDITION_CODE:
        return ConditionFailed(str(exc), item=answer.get("Item"))
    transient = code in TRANSIENT_CODES or status >= 500
    return TableUnavailable(str(exc), transient=transient, may_be_executed=status >= 500)


def read_text(item: Attributes, name: str, kind: Literal["S", "N"] = "S") -> str | None:
    """A string of an item, or a number, which is text in DynamoDB's JSON; None if there is none."""
    text = item.get(name, {}).get(kind)
    return text if isinstance(text, str) else None


CONNECT_SHARE = 0.4
"""Share of an attempt's time for connecting; reading has the rest."""
MAX_ATTEMPT_S = 1.0


def make_time_budget(total_s: float) -> TimeBudget:
    """Three attempts fit: two for the health switch, and one for the table."""
    return TimeBudget(total_s=total_s, attempt_s=min(total_s / 3, MAX_ATTEMPT_S))


def newer_options(known: Container[str]) -> dict[str, Any]:
    """The options among `known` that not every botocore of Lambda's runtimes has.

    The runtime's SDK depends on its version and on the Region, and botocore refuses an option that
    it does not know: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
    """
    wanted = {"account_id_endpoint_mode": "disabled"}  # since 1.37: one endpoint, one connection
    return {name: value for name, value in wanted.items() if name in known}


def make_dynamodb_client(region: str, limits: TimeBudget) -> DynamoClient:
    """A client for the Region's tables; connects at the first call."""
    config = Config(
        connect_timeout=limits.attempt_s * CONNECT_SHARE,
        read_timeout=limits.attempt_s * (1 - CONNECT_SHARE),
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
        max_pool_connections=1,  # one request at a time
        parameter_validation=False,  # ids are checked already; saves a tenth of a call
        user_agent=f"Botocore/{botocore.__version__}",  # else built anew: a fifth of a call
        **newer_options(Config.OPTION_DEFAULTS),
    )
    session = botocore.session.get_session()
    client = session.create_client("dynamodb", region_name=region, config=config)
    return cast("DynamoClient", client)  # botocore makes its methods at run time
