"""CIDR collections."""

from typing import Any

import pytest

from tests.unit.twin.control.route53.fake_route53 import FakeRoute53, batch, record


class Collections(FakeRoute53):
    """One collection."""

    def __init__(self) -> None:
        super().__init__()
        made = self.call("CreateCidrCollection", Name="c", CallerReference="r")
        self.id = made["Collection"]["Id"]

    def put(self, location: str, *blocks: str, action: str = "PUT", **more: object) -> Any:  # noqa: ANN401
        return self.call(
            "ChangeCidrCollection", **self.params(location, *blocks, action=action), **more
        )

    def params(self, location: str, *blocks: str, action: str = "PUT") -> dict[str, Any]:
        change = {"LocationName": location, "Action": action, "CidrList": list(blocks)}
        return {"Id": self.id, "Changes": [change]}

    def blocks(self, **where: object) -> list[tuple[str, str]]:
        listed = self.call("ListCidrBlocks", CollectionId=self.id, **where)["CidrBlocks"]
        return [(one["LocationName"], one["CidrBlock"]) for one in listed]


@pytest.fixture
def service() -> Collections:
    return Collections()


def test_blocks_are_put_and_taken_away(service: Collections) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeCidrCollection.html"""
    service.put("home", "192.0.2.0/24", "2001:db8::/48")
    service.put("work", "198.51.100.0/24")
    service.put("home", "192.0.2.0/24", action="DELETE_IF_EXISTS")
    service.put("work", "198.51.100.0/24", "203.0.113.0/24", action="DELETE_IF_EXISTS")

    assert service.blocks() == [("home", "2001:db8::/48")]
    (shown,) = service.call("ListCidrCollections")["CidrCollections"]
    assert (shown["Name"], shown["Version"]) == ("c", 5)
    assert service.call("ListCidrLocations", CollectionId=service.id)["CidrLocations"] == [
        {"LocationName": "home"}
    ]
    service.refuse(
        "NoSuchCidrLocationException",
        "ListCidrBlocks",
        CollectionId=service.id,
        LocationName="work",
    )


@pytest.mark.parametrize(
    "block", ["192.0.2.0/25", "0.0.0.0/0", "2001:db8::/49", "x", "192.0.2.1/24"]
)
def test_a_block_has_a_prefix_that_answers_can_follow(service: Collections, block: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html"""
    service.refuse("InvalidInput", "ChangeCidrCollection", **service.params("home", block))


def test_a_block_is_in_one_location(service: Collections) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeCidrCollection.html"""
    service.put("home", "192.0.2.0/24")

    service.refuse(
        "CidrBlockInUseException", "ChangeCidrCollection", **service.params("work", "192.0.2.0/24")
    )


def test_a_change_of_another_version_is_refused(service: Collections) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeCidrCollection.html"""
    service.put("home", "192.0.2.0/24", CollectionVersion=1)

    service.refuse(
        "CidrCollectionVersionMismatchException",
        "ChangeCidrCollection",
        **service.params("home", "198.51.100.0/24"),
        CollectionVersion=1,
    )


def test_a_name_has_one_collection(service: Collections) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateCidrCollection.html"""
    again = service.call("CreateCidrCollection", Name="c", CallerReference="r")

    assert again["Collection"]["Id"] == service.id
    service.refuse(
        "CidrCollectionAlreadyExistsException",
        "CreateCidrCollection",
        Name="c",
        CallerReference="other",
    )


def test_only_an_empty_collection_is_deleted(service: Collections) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteCidrCollection.html"""
    service.put("home", "192.0.2.0/24")
    service.refuse("CidrCollectionInUseException", "DeleteCidrCollection", Id=service.id)

    service.put("home", "192.0.2.0/24", action="DELETE_IF_EXISTS")
    service.call("DeleteCidrCollection", Id=service.id)

    service.refuse("NoSuchCidrCollectionException", "ListCidrBlocks", CollectionId=service.id)


def test_records_name_locations_that_exist(service: Collections) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html"""
    zone = service.create_zone()
    service.put("home", "192.0.2.0/24")

    def member(location: str) -> dict[str, Any]:
        config = {"CollectionId": service.id, "LocationName": location}
        return record("a", SetIdentifier=location, CidrRoutingConfig=config)

    service.refuse(
        "InvalidInput", "ChangeResourceRecordSets", **batch(zone, ("CREATE", member("x")))
    )
    service.change(zone, ("CREATE", member("home")), ("CREATE", member("*")))
    service.refuse(
        "CidrBlockInUseException",
        "ChangeCidrCollection",
        **service.params("home", "192.0.2.0/24", action="DELETE_IF_EXISTS"),
    )


def test_lists_have_pages(service: Collections) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListCidrBlocks.html"""
    service.put("home", *(f"192.0.{n}.0/24" for n in range(3)))

    first = service.call("ListCidrBlocks", CollectionId=service.id, MaxResults="2")
    second = service.call(
        "ListCidrBlocks", CollectionId=service.id, NextToken=first["NextToken"], MaxResults="2"
    )

    assert (len(first["CidrBlocks"]), len(second["CidrBlocks"])) == (2, 1)
    assert "NextToken" not in second
    service.refuse("InvalidInput", "ListCidrBlocks", CollectionId=service.id, NextToken="x")


def test_a_caller_that_deletes_what_a_page_shows_sees_every_block(service: Collections) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListCidrBlocks.html"""
    blocks = [f"192.0.{number}.0/24" for number in range(3)]
    service.put("home", *blocks)
    first = service.call("ListCidrBlocks", CollectionId=service.id, MaxResults="1")

    service.put("home", blocks[0], action="DELETE_IF_EXISTS")

    assert service.blocks(NextToken=first["NextToken"]) == [("home", block) for block in blocks[1:]]
