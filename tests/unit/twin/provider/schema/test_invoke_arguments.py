"""Arguments of data sources, which come as the program wrote them."""

import pytest

from twin.provider.errors import ProviderError
from twin.provider.schema.invoke_arguments import given_filters, read_objects, read_texts
from twin.provider.values import Value


def test_filters_have_the_form_of_ec2() -> None:
    assert given_filters({"filters": [{"name": "vpc-id", "values": ["vpc-1"]}]}) == [
        {"Name": "vpc-id", "Values": ["vpc-1"]}
    ]
    assert given_filters({"filters": None}) == given_filters({}) == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("x", "a: expected a list of objects, got 'x'"),
        ([1], r"a\[0\]: expected an object, got 1"),
        ([{"t": "x", "l": []}, {"t": 1, "l": []}], r"a\[1\]\.t: expected text, got 1"),
        ([{"t": "x", "l": "y"}], r"a\[0\]\.l: expected a list of texts, got 'y'"),
        ([{"t": "x"}], r"a\[0\]\.l: expected a list of texts, got None"),
    ],
)
def test_what_has_another_shape_is_refused_with_its_place(value: Value, reason: str) -> None:
    with pytest.raises(ProviderError, match=reason):
        read_objects(value, "a", texts=("t",), lists=("l",))


def test_a_text_is_no_list_of_its_letters() -> None:
    assert read_texts(["ab"], "a") == ["ab"]
    with pytest.raises(ProviderError, match="a: expected a list of texts, got 'ab'"):
        read_texts("ab", "a")
