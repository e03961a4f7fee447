"""Pages of lists."""

import pytest

from twin.control.document_service import CallRefused
from twin.control.route53.pages import read_max_items, take_page


def test_a_page_has_at_most_the_service_s_size() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html"""
    assert read_max_items({}) == 100
    assert read_max_items({"MaxItems": "7"}) == 7
    assert read_max_items({"MaxItems": "700"}) == 100
    assert read_max_items({"MaxItems": "9" * 5000}) == 100
    assert read_max_items({"MaxItems": "0" * 5000 + "7"}) == 7


@pytest.mark.parametrize("text", ["0", "00", "-1", "ten", "1.5", "\N{SUPERSCRIPT TWO}"])
def test_a_size_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(CallRefused, match="MaxItems"):
        read_max_items({"MaxItems": text})


def test_the_next_page_begins_with_the_item_after() -> None:
    assert take_page("abc", 2) == (["a", "b"], "c")
    assert take_page("abc", 2, "b".__le__) == (["b", "c"], None)
    assert take_page("abc", 2, "x".__eq__) == ([], None)
