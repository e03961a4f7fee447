"""Items of the table `items`, by boto3."""

from typing import TYPE_CHECKING, Any

from tests.functional.twin.region.tables.conftest import RegionProcesses

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def put_item(client: "DynamoDBClient", item: str, value: str, **more: Any) -> None:  # noqa: ANN401
    client.put_item(TableName="items", Item={"id": {"S": item}, "v": {"S": value}}, **more)


def read_value(client: "DynamoDBClient", item: str) -> str | None:
    found = client.get_item(TableName="items", Key={"id": {"S": item}}, ConsistentRead=True)
    return found["Item"]["v"]["S"] if "Item" in found else None


def add_one(client: "DynamoDBClient", item: str) -> None:
    client.update_item(
        TableName="items",
        Key={"id": {"S": item}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def read_counter(client: "DynamoDBClient", item: str) -> str:
    return client.get_item(TableName="items", Key={"id": {"S": item}})["Item"]["n"]["N"]


def peer_problems(regions: RegionProcesses, region: str) -> dict[str, str]:
    return {peer.region: peer.problem for peer in regions.status(region).peers}
