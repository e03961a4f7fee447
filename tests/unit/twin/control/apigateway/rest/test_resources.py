"""The tree of resources, by what AWS has answered to the same calls.

https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_api.snapshot.json
"""

import pytest

from tests.unit.twin.control.apigateway.calls import Gateway
from twin.control.document_service import CallRefused


def test_a_path_is_made_of_its_parts(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html"""
    made = gateway.rest_api()
    api, root = made["id"], made["rootResourceId"]
    pets = gateway.resource(api, root, "pets")
    gateway.method(api, pets)
    child = gateway.resource(api, pets, "{id}")
    gateway.resource(api, child, "{proxy+}")

    page = gateway.rest("GetResources", restApiId=api, embed=["methods"])

    assert [one["path"] for one in page["items"]] == [
        "/",
        "/pets",
        "/pets/{id}",
        "/pets/{id}/{proxy+}",
    ]
    assert page["items"][1]["resourceMethods"]["GET"]["httpMethod"] == "GET"
    plain = gateway.rest("GetResource", restApiId=api, resourceId=pets)
    assert plain["resourceMethods"] == {"GET": {}}


def test_no_path_is_longer_than_a_url(gateway: Gateway) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""
    made = gateway.rest_api()
    api, root = made["id"], made["rootResourceId"]
    long = gateway.resource(api, root, "a" * 10_000)
    branch = gateway.resource(api, root, "b")
    gateway.resource(api, branch, "c" * 300)

    refused = gateway.rest_refused(
        "CreateResource", restApiId=api, parentId=long, pathPart="d" * 300
    )
    with pytest.raises(CallRefused, match="would have 10304 characters"):
        gateway.patch("UpdateResource", "/parentId", long, restApiId=api, resourceId=branch)
    gateway.resource(api, long, "d" * 238)

    assert (refused.code, "would have 10302 characters" in refused.message) == (
        "BadRequestException",
        True,
    )


def test_a_resource_takes_those_below_it_along(gateway: Gateway) -> None:
    made = gateway.rest_api()
    api, root = made["id"], made["rootResourceId"]
    pets = gateway.resource(api, root, "pets")
    child = gateway.resource(api, pets, "child")
    where = {"restApiId": api, "resourceId": pets}

    assert gateway.patch("UpdateResource", "/pathPart", "dogs", **where)["path"] == "/dogs"
    assert gateway.rest("GetResource", restApiId=api, resourceId=child)["path"] == "/dogs/child"
    gateway.rest("DeleteResource", **where)
    assert gateway.rest_refused("GetResource", restApiId=api, resourceId=child).status == 404
    refused = gateway.rest_refused("DeleteResource", restApiId=api, resourceId=root)
    assert refused.code == "BadRequestException"


@pytest.mark.parametrize(
    ("parent", "part", "message"),
    [
        ("root", "pets", "Another resource with the same parent already has this name: pets"),
        (
            "root",
            "{other}",
            "A sibling ({proxy+}) of this resource already has a variable path part -- only one is "
            "allowed",
        ),
        (
            "proxy",
            "x",
            "Cannot create a child of a resource with a greedy path variable: {proxy+}",
        ),
        (
            "root",
            "a/b",
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and "
            "curly braces at the beginning and the end.",
        ),
        ("unknown", "x", "Invalid Resource identifier specified"),
    ],
)
def test_a_place_is_refused(gateway: Gateway, parent: str, part: str, message: str) -> None:
    made = gateway.rest_api()
    api, root = made["id"], made["rootResourceId"]
    gateway.resource(api, root, "pets")
    ids = {"root": root, "proxy": gateway.resource(api, root, "{proxy+}")}

    refused = gateway.rest_refused(
        "CreateResource", restApiId=api, parentId=ids.get(parent, parent), pathPart=part
    )

    assert refused.message == message


def test_wrong_moves_are_refused(gateway: Gateway) -> None:
    made = gateway.rest_api()
    api, root = made["id"], made["rootResourceId"]
    pets = gateway.resource(api, root, "pets")
    child = gateway.resource(api, pets, "child")
    where = {"restApiId": api, "resourceId": pets}

    def refused(op: str, path: str, value: str) -> str:
        patch = {"op": op, "path": path, "value": value}
        return gateway.rest_refused("UpdateResource", **where, patchOperations=[patch]).message

    assert refused("replace", "/parentId", child) == "Resources cannot be cyclical."
    assert refused("replace", "/invalid", "x") == (
        "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: "
        "[/parentId, /pathPart]"
    )
    assert refused("remove", "/pathPart", "x") == (
        "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported "
        "operations"
    )
    moved = gateway.patch("UpdateResource", "/parentId", root, restApiId=api, resourceId=child)
    assert moved["path"] == "/child"
