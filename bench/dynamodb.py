"""DynamoDB requests per second by boto3: the twin beside other emulators, in one run.

The others are named by the environment, since none of them belongs to this checkout:

    BENCH_PEERS="moto_server=http://127.0.0.1:5000 ministack=http://127.0.0.1:4570"

One client sends one request after another. Each round measures every operation at every target for
a moment, so that a disturbance of the machine hits all of them.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import boto3
from botocore.config import Config

from tests.e2e.checkout import Checkout

ROUNDS = 7
MOMENT_S = 0.7
TABLE = "bench"
REGION = "eu-central-1"
ITEMS = 200
Request = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRates:
    """Requests per second of one operation, by target: one value for each round."""

    operation: str
    rates: Mapping[str, list[float]]


def peers_from_environment() -> dict[str, str]:
    """Name -> URL of the emulators to compare with."""
    words = os.environ.get("BENCH_PEERS", "").split()
    return dict(word.split("=", 1) for word in words)


def measure_dynamodb(copy: Checkout) -> list[OperationRates]:
    """Measure the twin of this checkout and the peers of the environment."""
    twin = copy.environment()["AWS_ENDPOINT_URL"]
    return measure_targets({"twin": twin, **peers_from_environment()})


def measure_targets(targets: Mapping[str, str]) -> list[OperationRates]:
    """Measure every operation at every URL."""
    requests = {name: _requests(_open_table(url)) for name, url in targets.items()}
    operations = list(next(iter(requests.values())))
    found = {op: {name: list[float]() for name in targets} for op in operations}
    for number in range(ROUNDS + 1):
        for operation, rates in found.items():
            for name in _rotated(targets, number):
                rate = _rate(requests[name][operation])
                if number:  # the first round warms everything up
                    rates[name].append(rate)
    return [OperationRates(operation=op, rates=rates) for op, rates in found.items()]


def _rotated(targets: Mapping[str, str], number: int) -> Iterator[str]:
    """The names, beginning with another one in each round."""
    names = list(targets)
    return itertools.chain(names[number % len(names) :], names[: number % len(names)])


def _rate(send: Request) -> float:
    started = time.perf_counter()
    for count in itertools.count(1):
        send(count)
        took = time.perf_counter() - started
        if took >= MOMENT_S:
            return count / took
    raise AssertionError  # the loop does not end otherwise


def _open_table(url: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """A client of the emulator, with a fresh table of ITEMS items."""
    key, secret = _credentials()
    client = boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )
    if TABLE in client.list_tables()["TableNames"]:
        client.delete_table(TableName=TABLE)
        client.get_waiter("table_not_exists").wait(TableName=TABLE)
    client.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName=TABLE)
    for number in range(ITEMS):
        client.put_item(TableName=TABLE, Item=_item(number))
    return client


def _credentials() -> tuple[str, str]:
    """Those of the environment; the others take any."""
    return os.environ.get("AWS_ACCESS_KEY_ID", "x"), os.environ.get("AWS_SECRET_ACCESS_KEY", "x")


def _item(number: int) -> dict[str, Any]:
    """One of ITEMS items, ten in each partition."""
    return {
        **_key(number),
        "name": {"S": f"item {number}"},
        "count": {"N": "0"},
        "tags": {"SS": ["red", "green"]},
        "where": {"M": {"city": {"S": "Oslo"}, "post": {"L": [{"N": "1"}, {"N": "2"}]}}},
    }


def _key(number: int) -> dict[str, Any]:
    number %= ITEMS
    return {"pk": {"S": f"p{number // 10}"}, "sk": {"N": str(number % 10)}}


def _requests(client: Any) -> dict[str, Request]:  # noqa: ANN401
    def update(number: int) -> object:
        return client.update_item(
            TableName=TABLE,
            Key=_key(number),
            UpdateExpression="SET #w.city = :city ADD #c :one",
            ConditionExpression="attribute_exists(pk) AND #c >= :zero",
            ExpressionAttributeNames={"#w": "where", "#c": "count"},
            ExpressionAttributeValues={
                ":city": {"S": "Bergen"},
                ":one": {"N": "1"},
                ":zero": {"N": "0"},
            },
            ReturnValues="UPDATED_NEW",
        )

    def query(number: int) -> object:
        return client.query(
            TableName=TABLE,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues={
                ":pk": {"S": f"p{number % (ITEMS // 10)}"},
                ":low": {"N": "2"},
                ":high": {"N": "7"},
            },
        )

    def transact(number: int) -> object:
        return client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": _item(number)}},
                {
                    "Update": {
                        "TableName": TABLE,
                        "Key": _key(number + 1),
                        "UpdateExpression": "SET #n = :n",
                        "ExpressionAttributeNames": {"#n": "name"},
                        "ExpressionAttributeValues": {":n": {"S": "changed"}},
                    }
                },
                {
                    "ConditionCheck": {
                        "TableName": TABLE,
                        "Key": _key(number + 2),
                        "ConditionExpression": "attribute_exists(pk)",
                    }
                },
            ]
        )

    return {
        "GetItem": lambda n: client.get_item(TableName=TABLE, Key=_key(n), ConsistentRead=True),
        "PutItem": lambda n: client.put_item(TableName=TABLE, Item=_item(n)),
        "UpdateItem": update,
        "Query": query,
        "TransactWriteItems": transact,
    }


def format_dynamodb_table(rows: list[OperationRates]) -> str:
    """A Markdown table: medians, and the first target's ratio to each of the others."""
    first, *others = rows[0].rates
    header = [
        "operation",
        f"{first} per s",
        *itertools.chain(*((f"{o} per s", "ratio") for o in others)),
    ]
    lines = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    for row in rows:
        own = median(row.rates[first])
        cells = [row.operation, f"{own:.0f}"]
        for other in others:
            rate = median(row.rates[other])
            cells += [f"{rate:.0f}", f"{own / rate:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    if not others:
        lines.append("\nNo peers: BENCH_PEERS names none (see bench/dynamodb.py).")
    return "\n".join(lines)
