"""Reading items in a Region's DynamoDB table."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from muster.aws.clients import AwsClients
from muster.measure import Presence
from muster.probe import ItemReading
from muster.probe.table_reader import TableReader
from tests.unit.muster.sample_builders import AWAY, HOME
from tests.waiting import async_eventually

REGIONS = (AWAY, HOME)


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A DynamoDB endpoint."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


async def test_an_item_is_read_in_the_given_region(endpoint: str) -> None:
    clients = AwsClients(endpoint_url=endpoint)
    table = clients.client("dynamodb", HOME)
    table.create_table(
        TableName="items",
        AttributeDefinitions=[{"AttributeName": "item_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "item_id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.put_item(TableName="items", Item={"item_id": {"S": "x"}, "region": {"S": "eu-central-1"}})
    reader = TableReader(clients, REGIONS, "items")

    async def reads_as(region: str, item: str, reading: ItemReading) -> bool:
        return await reader(region, item) == reading

    # On a busy machine an answer may take longer than the time-out.
    await async_eventually(
        lambda: reads_as(HOME, "x", ItemReading(Presence.PRESENT, "eu-central-1"))
    )
    await async_eventually(lambda: reads_as(HOME, "y", ItemReading(Presence.ABSENT)))
    # Without the table nothing is known of the item.
    assert await reader(AWAY, "x") == ItemReading(Presence.UNREADABLE)


async def test_a_table_that_does_not_answer_is_unreadable() -> None:
    clients = AwsClients(endpoint_url="http://127.0.0.1:1")

    assert await TableReader(clients, REGIONS, "items")(HOME, "x") == ItemReading(
        Presence.UNREADABLE
    )
