"""Pages of lists in the API `apigateway`."""

from tests.unit.twin.control.apigateway.calls import Gateway


def test_a_page_has_25_items_unless_more_are_asked_for(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApis.html"""
    for _ in range(27):
        gateway.rest_api()

    first = gateway.rest("GetRestApis")
    second = gateway.rest("GetRestApis", position=first["position"])
    whole = gateway.rest("GetRestApis", limit=500)

    assert (len(first["items"]), len(second["items"])) == (25, 2)
    assert whole == {"items": first["items"] + second["items"]}
    assert gateway.rest_refused("GetRestApis", limit=0).code == "BadRequestException"
    assert gateway.rest_refused("GetRestApis", position="x").code == "BadRequestException"
