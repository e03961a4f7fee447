"""Sample items of the services: app/services/NAME/sample.py has them, where there are any.

`make up` stores them. For a stack on AWS:

    python -m tools.sample_data bookmarks muster-bookmarks > sample-data.json
    aws dynamodb batch-write-item --request-items file://sample-data.json
"""

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import click

Item = Mapping[str, Any]
"""In DynamoDB's JSON."""

USAGE = "usage: python -m tools.sample_data SERVICE TABLE"


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


def main(arguments: Sequence[str]) -> int:
    """Print the request of a service's items; the exit code."""
    if len(arguments) != 2:
        click.echo(USAGE, err=True)
        return 2
    service, table = arguments
    items = find_sample_items(service)
    if not items:
        click.echo(f"error: the service '{service}' has no sample items", err=True)
        return 1
    click.echo(json.dumps(make_batch_request(table, items), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
