"""Sample items of the services: app/services/NAME/sample.py has them, where there are any.

`make up` stores them. For a stack on AWS, with your credentials:

    python -m tools.sample_data --stack prod

The request of one service alone, for any table with its keys:

    python -m tools.sample_data bookmarks muster-bookmarks > sample-data.json
    aws dynamodb batch-write-item --request-items file://sample-data.json
"""

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from muster.model import Stack

Item = Mapping[str, Any]
"""In DynamoDB's JSON."""

MakeClient = Callable[[str], Any]
"""Region -> boto3's client of DynamoDB."""

USAGE = "usage: python -m tools.sample_data --stack STACK | SERVICE TABLE"


def find_sample_items(service: str) -> tuple[Item, ...]:
    """The sample items of a service; none of a service without, or of one that does not exist."""
    name = f"app.services.{service}"
    if find_spec(name) is None or find_spec(f"{name}.sample") is None:
        return ()
    items: tuple[Item, ...] = importlib.import_module(f"{name}.sample").SAMPLE_ITEMS
    return items


def make_batch_request(table: str, items: Sequence[Item]) -> dict[str, object]:
    """The RequestItems of BatchWriteItem, which takes at most 25 items.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    """
    return {table: [{"PutRequest": {"Item": dict(item)}} for item in items]}


def store_missing_items(client: Any, table: str, items: Sequence[Item]) -> int:  # noqa: ANN401
    """Store the items whose keys the table does not have; how many these were.

    `client` is boto3's. An item that somebody has changed stays as it is.
    """
    if not items:
        return 0
    schema = client.describe_table(TableName=table)["Table"]["KeySchema"]
    names = [key["AttributeName"] for key in schema]
    stored = 0
    for item in items:
        try:
            client.put_item(
                TableName=table,
                Item=item,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": names[0]},
            )
        except client.exceptions.ConditionalCheckFailedException:
            continue
        stored += 1
    return stored


def store_samples(tables: Mapping[str, str], client: Any) -> dict[str, int]:  # noqa: ANN401
    """Store the sample items that the tables lack; how many these were, by service.

    `tables`: service -> its table.
    """
    return {
        service: store_missing_items(client, table, items)
        for service, table in tables.items()
        if (items := find_sample_items(service))
    }


def load_named_stack(name: str) -> "Stack":
    """The stack's outputs, as Pulumi has them. Raises MusterError."""
    # `make up` needs this module without the operator's tool.
    from muster.config import read_settings  # noqa: PLC0415
    from muster.stack_outputs import load_stack  # noqa: PLC0415

    return load_stack(read_settings({"stack": name}, environ=os.environ, folder=Path.cwd()))


def make_client(region: str) -> Any:  # noqa: ANN401 - boto3's own
    import boto3  # noqa: PLC0415 - slow

    return boto3.client("dynamodb", region_name=region)


def main(
    arguments: Sequence[str],
    load: Callable[[str], "Stack"] = load_named_stack,
    make_client: MakeClient = make_client,
) -> int:
    """Store a stack's sample items, or print the request of a service's; the exit code."""
    match arguments:
        case ["--stack", name]:
            return _store_samples_of(name, load, make_client)
        case [service, table] if not service.startswith("-"):
            return _print_request(service, table)
    click.echo(USAGE, err=True)
    return 2


def _store_samples_of(name: str, load: Callable[[str], "Stack"], make_client: MakeClient) -> int:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from muster.errors import MusterError  # noqa: PLC0415

    try:
        stack = load(name)
        stored = store_samples(stack.services, make_client(stack.home_region))
    except (MusterError, BotoCoreError, ClientError) as exc:
        click.echo(f"error: {exc}", err=True)
        return 1
    for service, count in stored.items():
        click.echo(f"{service}: {count} stored" if count else f"{service}: all are there")
    if not stored:
        click.echo(f"no service of stack {name} has sample items")
    return 0


def _print_request(service: str, table: str) -> int:
    items = find_sample_items(service)
    if not items:
        click.echo(f"error: the service '{service}' has no sample items", err=True)
        return 1
    click.echo(json.dumps(make_batch_request(table, items), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
