"""Property values on the wire and back."""

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from twin.provider.errors import MalformedValue
from twin.provider.protocol import wire
from twin.provider.values import (
    UNKNOWN,
    Archive,
    Asset,
    Output,
    ResourceReference,
    Secret,
    Value,
    has_unknown,
    unwrap_value,
)

TEXTS = st.text(max_size=8)
KEYS = st.text(max_size=8).filter(lambda key: key != wire.SIGNATURE)
ASSETS = st.builds(Asset, hash=TEXTS, text=TEXTS) | st.builds(Asset, hash=TEXTS, path=TEXTS)
ARCHIVES = st.builds(Archive, hash=TEXTS, path=TEXTS) | st.builds(
    Archive, hash=TEXTS, assets=st.dictionaries(KEYS, ASSETS, max_size=3)
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda f: not f.is_integer())
    | TEXTS
    | st.just(UNKNOWN)
    | ASSETS
    | ARCHIVES
    | st.builds(ResourceReference, urn=TEXTS, id=TEXTS, package_version=TEXTS)
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.builds(Secret, inner)
        | st.builds(Output, value=inner, secret=st.booleans(), dependencies=st.tuples(TEXTS))
    ),
    max_leaves=10,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_encoded_values_decode_to_themselves(properties: dict[str, Value]) -> None:
    struct = wire.to_struct(properties)
    travelled = struct_pb2.Struct.FromString(struct.SerializeToString())

    assert wire.from_struct(travelled) == properties


@given(VALUES)
def test_an_unwrapped_value_has_no_secret_and_the_same_unknowns(value: Value) -> None:
    bare = unwrap_value(value)

    assert "[secret]" not in repr(bare) or "[secret]" in repr(value)
    assert not isinstance(bare, Secret | Output | ResourceReference)
    assert has_unknown(bare) == has_unknown(value)


@pytest.mark.parametrize("text", sorted(wire._UNKNOWNS))
def test_each_unknown_text_of_the_protocol_is_decoded(text: str) -> None:
    struct = struct_pb2.Struct(fields={"a": struct_pb2.Value(string_value=text)})

    assert wire.from_struct(struct) == {"a": UNKNOWN}


def test_a_whole_number_is_an_integer() -> None:
    struct = struct_pb2.Struct(fields={"a": struct_pb2.Value(number_value=80.0)})

    assert repr(wire.from_struct(struct)["a"]) == "80"


def test_an_unknown_signature_is_refused() -> None:
    struct = wire.to_struct({"a": {wire.SIGNATURE: "made-up"}})

    with pytest.raises(MalformedValue, match="made-up"):
        wire.from_struct(struct)


def test_a_value_without_an_encoding_is_refused() -> None:
    with pytest.raises(MalformedValue, match="object"):
        wire.to_struct({"a": object()})


def test_a_secret_does_not_show_itself() -> None:
    assert "hunter2" not in repr({"a": Secret("hunter2")})
