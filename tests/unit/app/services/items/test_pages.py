"""Pages of items: exact bytes where they are fixed, and escaped input."""

import pytest

from app.services.items.pages import created_page, item_page
from app.services.items.store import Item


def item(item_id: str) -> Item:
    return Item(item_id=item_id, value="v", written_in="eu-central-1")


@pytest.mark.parametrize(("region", "length"), [("us-west-2", 80), ("eu-central-1", 83)])
def test_the_item_page_has_its_fixed_bytes(region: str, length: int) -> None:
    html = item_page(item("foobar"), region).html

    wanted = f'<html><body><h1>Returned {{"item_id": "foobar"}} from {region}</h1></body></html>'
    assert html == wanted
    assert len(html.encode()) == length


def test_an_id_is_escaped_in_html_and_plain_in_json() -> None:
    answer = item_page(item('<b>&"é'), "us-west-2")

    assert answer.html is not None
    assert '{"item_id": "&lt;b&gt;&amp;\\"\\u00e9"}' in answer.html
    assert answer.data["item_id"] == '<b>&"é'


def test_missing_attributes_of_an_item_are_left_out() -> None:
    data = item_page(Item(item_id="a", value=None, written_in=None), "us-west-2").data

    assert data == {"item_id": "a", "region": "us-west-2"}


def test_the_page_of_a_created_item_has_a_location() -> None:
    answer = created_page(item("a b/c"), "us-west-2")

    assert answer.status == 201
    assert answer.headers == {"Location": "/get/a%20b%2Fc"}
    assert answer.data["written_in"] == "eu-central-1"
