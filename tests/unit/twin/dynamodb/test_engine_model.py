"""The engine against a dict: random requests of all kinds have the effects of a simple model.

The second engine knows the item changes only, as replication and the log do.
"""

import json
from base64 import b64encode
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from twin.core.tables.table_engine import Image
from twin.dynamodb.engine import MemoryTableEngine

TABLE = "items"
PARTITIONS = st.sampled_from("ab")
SORTS = st.integers(-3, 3)
KEYS = st.tuples(PARTITIONS, SORTS)
Key = tuple[str, int]
GROUPS = st.sampled_from(("red", "green", None))
VALUES = st.recursive(
    st.one_of(
        st.text(max_size=3).map(lambda text: {"S": text}),
        st.decimals(-999, 999, places=2).map(lambda number: {"N": str(number)}),
        st.binary(max_size=3).map(lambda data: {"B": b64encode(data).decode()}),
        st.booleans().map(lambda flag: {"BOOL": flag}),
        st.just({"NULL": True}),
        st.sets(st.text(min_size=1, max_size=2), min_size=1, max_size=3).map(
            lambda texts: {"SS": sorted(texts)}
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda members: {"L": members}),
        st.dictionaries(st.sampled_from("xyz"), inner, max_size=3).map(lambda m: {"M": m}),
    ),
    max_leaves=4,
)


def key_image(key: Key) -> Image:
    return {"pk": {"S": key[0]}, "sk": {"N": str(key[1])}}


def new_item(key: Key, group: str | None, value: Image, count: int) -> Image:
    item = {**key_image(key), "value": value, "count": {"N": str(count)}}
    return item if group is None else {**item, "group": {"S": group}}


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A value in which equal numbers are equal, and sets have no order."""
    if isinstance(value, list):
        return [plain(member) for member in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"N"} and isinstance(value["N"], str):
        return ("N", Decimal(value["N"]))
    if set(value) == {"SS"} and isinstance(value["SS"], list):
        return ("SS", frozenset(value["SS"]))
    return {name: plain(member) for name, member in value.items()}


class EngineMachine(RuleBasedStateMachine):
    """Requests to the engine; `model` has what they should have done."""

    @initialize()
    def create(self) -> None:
        self.engine, self.replica = self.open(), self.open()
        self.model: dict[Key, Image] = {}

    def open(self) -> MemoryTableEngine:
        engine = MemoryTableEngine("eu-central-1", "123456789012", lambda: 1.7e9)
        kinds = {"pk": "S", "sk": "N", "group": "S", "count": "N"}
        outcome = engine.execute(
            "CreateTable",
            {
                "TableName": TABLE,
                "KeySchema": keys("pk", "sk"),
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()
                ],
                "BillingMode": "PAY_PER_REQUEST",
                "GlobalSecondaryIndexes": [index("by-group", "group", "count")],
                "LocalSecondaryIndexes": [index("by-count", "pk", "count")],
            },
        )
        assert outcome.status == 200, outcome.body
        return engine

    def run(self, operation: str, **request: Any) -> tuple[str, Any]:  # noqa: ANN401
        """The error's code ("" without one) and the response; changes go to the replica."""
        outcome = self.engine.execute(operation, request)
        body = json.loads(outcome.body)
        if outcome.status != 200:
            assert outcome.changes == ()
            assert outcome.status == 400, body
            return body["__type"].rpartition("#")[2], body
        for change in outcome.changes:
            assert self.replica.get_image(TABLE, change.key) == change.before
            if change.after is None:
                self.replica.remove_item(TABLE, change.key)
            else:
                self.replica.put_image(TABLE, change.after)
        return "", body

    def pages(self, operation: str, **request: Any) -> list[Image]:  # noqa: ANN401
        """All items, page by page."""
        found: list[Image] = []
        start: dict[str, Any] = {}
        for _ in range(100):  # far more than there are items
            code, page = self.run(operation, TableName=TABLE, **request, **start)
            assert code == ""
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        raise AssertionError(f"{operation} does not end")

    # -- writes

    @rule(key=KEYS, group=GROUPS, value=VALUES, count=st.integers(0, 5), fresh=st.booleans())
    def put(self, key: Key, group: str | None, value: Image, count: int, fresh: bool) -> None:
        item = new_item(key, group, value, count)
        condition = {"ConditionExpression": "attribute_not_exists(pk)"} if fresh else {}
        code, response = self.run(
            "PutItem", TableName=TABLE, Item=item, ReturnValues="ALL_OLD", **condition
        )
        if fresh and key in self.model:
            assert code == "ConditionalCheckFailedException"
            return
        assert code == ""
        assert plain(response.get("Attributes")) == plain(self.model.get(key))
        self.model[key] = item

    @rule(key=KEYS, step=st.integers(-3, 3), value=VALUES)
    def update(self, key: Key, step: int, value: Image) -> None:
        code, response = self.run(
            "UpdateItem",
            TableName=TABLE,
            Key=key_image(key),
            UpdateExpression="SET #v = :v ADD #c :step REMOVE #g",
            ExpressionAttributeNames={"#v": "value", "#c": "count", "#g": "group"},
            ExpressionAttributeValues={":v": value, ":step": {"N": str(step)}},
            ReturnValues="ALL_NEW",
        )
        count = Decimal(self.model.get(key, {}).get("count", {"N": "0"})["N"])
        self.model[key] = new_item(key, None, value, int(count) + step)
        assert code == ""
        assert plain(response["Attributes"]) == plain(self.model[key])

    @rule(key=KEYS)
    def delete(self, key: Key) -> None:
        code, response = self.run(
            "DeleteItem", TableName=TABLE, Key=key_image(key), ReturnValues="ALL_OLD"
        )
        assert code == ""
        assert plain(response.get("Attributes")) == plain(self.model.pop(key, None))

    @rule(chosen=st.lists(KEYS, min_size=1, max_size=4, unique=True), expected=st.booleans())
    def transact(self, chosen: list[Key], expected: bool) -> None:
        """The first key's item is checked to exist or not; the others are put or deleted."""
        checked, *written = chosen
        function = "attribute_exists" if expected else "attribute_not_exists"
        check = {"Key": key_image(checked), "ConditionExpression": f"{function}(pk)"}
        entries: list[Any] = [{"ConditionCheck": {"TableName": TABLE, **check}}]
        after = dict(self.model)
        for key in written:
            if key in self.model:
                entries.append({"Delete": {"TableName": TABLE, "Key": key_image(key)}})
                del after[key]
            else:
                item = new_item(key, "red", {"S": "t"}, 1)
                entries.append({"Put": {"TableName": TABLE, "Item": item}})
                after[key] = item
        code, _ = self.run("TransactWriteItems", TransactItems=entries)
        if (checked in self.model) == expected:
            assert code == ""
            self.model = after
        else:
            assert code == "TransactionCanceledException"

    @rule(chosen=st.lists(KEYS, min_size=1, max_size=5, unique=True), count=st.integers(0, 5))
    def batch(self, chosen: list[Key], count: int) -> None:
        requests: list[Any] = []
        for number, key in enumerate(chosen):
            if number % 2:
                requests.append({"DeleteRequest": {"Key": key_image(key)}})
                self.model.pop(key, None)
            else:
                item = new_item(key, "green", {"S": "b"}, count)
                requests.append({"PutRequest": {"Item": item}})
                self.model[key] = item
        code, response = self.run("BatchWriteItem", RequestItems={TABLE: requests})
        assert (code, response["UnprocessedItems"]) == ("", {})

    @rule(key=KEYS, count=st.integers(0, 5))
    def insert_by_statement(self, key: Key, count: int) -> None:
        item = new_item(key, "red", {"S": "p"}, count)
        request = {"Statement": "INSERT INTO items VALUE ?", "Parameters": [{"M": item}]}
        code, _ = self.run("ExecuteStatement", **request)
        assert code == ("DuplicateItemException" if key in self.model else "")
        self.model.setdefault(key, item)

    @rule(key=KEYS)
    def delete_by_statement(self, key: Key) -> None:
        code, _ = self.run(
            "ExecuteStatement",
            Statement="DELETE FROM items WHERE pk = ? AND sk = ?",
            Parameters=list(key_image(key).values()),
        )
        assert code == ""
        self.model.pop(key, None)

    @rule(key=KEYS, wrong=st.sampled_from((*range(5),)))
    def refuse(self, key: Key, wrong: int) -> None:
        """Requests that AWS refuses change nothing, here or in the replica."""
        item = new_item(key, None, {"S": "x"}, 0)
        operation, request = (
            ("PutItem", {"Item": {**item, "sk": {"S": "text"}}}),
            ("PutItem", {"Item": {**item, "group": {"N": "5"}}}),
            ("PutItem", {"Item": {**item, "big": {"S": "x" * 410_000}}}),
            ("UpdateItem", {"Key": key_image(key), "UpdateExpression": "SET pk = sk"}),
            ("DeleteItem", {"Key": {"pk": {"S": key[0]}}}),
        )[wrong]
        assert self.run(operation, TableName=TABLE, **request)[0] == "ValidationException"

    # -- reads

    @invariant()
    def items_are_those_of_the_model(self) -> None:
        scanned = {image_key(i): plain(i) for i in self.pages("Scan", Limit=3)}
        assert scanned == {key: plain(item) for key, item in self.model.items()}
        assert self.engine.count_items(TABLE) == len(self.model)

    @invariant()
    def the_replica_is_the_same(self) -> None:
        for key in self.model:
            image = key_image(key)
            assert self.replica.get_image(TABLE, image) == self.engine.get_image(TABLE, image)
        assert self.replica.count_items(TABLE) == len(self.model)

    @rule(partition=PARTITIONS, low=SORTS, high=SORTS, limit=st.integers(1, 4), up=st.booleans())
    @precondition(lambda self: self.model)
    def query(self, partition: str, low: int, high: int, limit: int, up: bool) -> None:
        low, high = min(low, high), max(low, high)
        found = self.pages(
            "Query",
            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues={
                ":pk": {"S": partition},
                ":low": {"N": str(low)},
                ":high": {"N": str(high)},
            },
            Limit=limit,
            ScanIndexForward=up,
        )
        wanted = [k for k in sorted(self.model) if k[0] == partition and low <= k[1] <= high]
        assert [image_key(i) for i in found] == (wanted if up else wanted[::-1])

    @rule(name=st.sampled_from(("by-group", "by-count")), limit=st.integers(1, 4))
    @precondition(lambda self: self.model)
    def query_index(self, name: str, limit: int) -> None:
        attribute, values = ("group", ("red", "green")) if name == "by-group" else ("pk", "ab")
        for value in values:
            found = self.pages(
                "Query",
                IndexName=name,
                KeyConditionExpression="#a = :v",
                ExpressionAttributeNames={"#a": attribute},
                ExpressionAttributeValues={":v": {"S": value}},
                Limit=limit,
            )
            members = {k for k, i in self.model.items() if i.get(attribute) == {"S": value}}
            counts = [Decimal(item["count"]["N"]) for item in found]
            assert {image_key(item) for item in found} == members
            assert len(found) == len(members)
            assert counts == sorted(counts)

    @rule(total=st.integers(1, 4))
    @precondition(lambda self: self.model)
    def scan_in_segments(self, total: int) -> None:
        found = [
            image_key(item)
            for segment in range(total)
            for item in self.pages("Scan", Segment=segment, TotalSegments=total, Limit=2)
        ]
        assert sorted(found) == sorted(self.model)


def image_key(item: Image) -> Key:
    return item["pk"]["S"], int(item["sk"]["N"])


def keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def index(name: str, partition: str, sort: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": keys(partition, sort),
        "Projection": {"ProjectionType": "ALL"},
    }


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
