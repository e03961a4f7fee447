"""Pages of a list over boto3."""

from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.globalaccelerator.calls import expect_error


def test_lists_come_in_pages(client: Client, accelerator: str) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListListeners.html."""
    created = [
        client.create_listener(
            AcceleratorArn=accelerator,
            Protocol="TCP",
            PortRanges=[{"FromPort": port, "ToPort": port}],
        )["Listener"]
        for port in range(1000, 1005)
    ]

    pages = client.get_paginator("list_listeners").paginate(
        AcceleratorArn=accelerator, PaginationConfig={"PageSize": 2}
    )

    sizes = [len(page["Listeners"]) for page in pages]
    assert sizes == [2, 2, 1]
    assert client.list_listeners(AcceleratorArn=accelerator)["Listeners"] == created
    for call, arguments in (
        (client.list_listeners, {"AcceleratorArn": accelerator, "NextToken": "nonsense"}),
        (client.list_accelerators, {"NextToken": "Zm9vOjE="}),
    ):
        expect_error("InvalidNextTokenException", call, **arguments)
