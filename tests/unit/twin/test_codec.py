"""Dataclasses to JSON and back."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import codec
from twin.errors import CodecError
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    EndpointConfiguration,
    EndpointGroup,
    PortRange,
    Topology,
)


class Colour(StrEnum):
    """For the tests."""

    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """For the tests."""

    number: int
    colour: Colour = Colour.RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """For the tests."""

    kind: Literal["a", "b"]
    ratio: float
    inner: tuple[Inner, ...] = ()
    named: dict[str, Inner] = field(default_factory=dict)
    note: str | None = None


def test_a_document_comes_back_as_it_was() -> None:
    value = Outer(kind="b", ratio=0.5, inner=(Inner(number=1),), named={"x": Inner(number=2)})

    assert codec.loads(Outer, codec.dumps(value)) == value


def test_missing_fields_take_their_defaults_and_extra_ones_are_ignored() -> None:
    value = codec.loads(Outer, '{"kind": "a", "ratio": 1, "from_a_newer_twin": true}')

    assert value == Outer(kind="a", ratio=1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "document: expected an object"),
        ('{"kind": "a"}', "ratio: missing"),
        ('{"kind": "c", "ratio": 1}', "kind: expected one of a, b, got 'c'"),
        ('{"kind": "a", "ratio": true}', "ratio: expected float, got True"),
        ('{"kind": "a", "ratio": 1, "inner": {}}', "inner: expected a list"),
        ('{"kind": "a", "ratio": 1, "inner": [{}]}', "inner[0].number: missing"),
        (
            '{"kind": "a", "ratio": 1, "named": {"k": {"number": "1"}}}',
            "named.k.number: expected int, got '1'",
        ),
        (
            '{"kind": "a", "ratio": 1, "inner": [{"number": 1, "colour": "blue"}]}',
            "inner[0].colour: expected one of red",
        ),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(CodecError) as caught:
        codec.loads(Outer, text)

    assert message in str(caught.value)


@given(
    version=st.integers(min_value=0),
    dial=st.floats(min_value=0, max_value=100),
    weight=st.integers(min_value=0, max_value=255),
    name=st.text(),
)
def test_every_topology_survives_the_disk(
    version: int, dial: float, weight: int, name: str
) -> None:
    group = EndpointGroup(
        arn="g",
        region="us-west-2",
        dial=dial,
        endpoints=(EndpointConfiguration(id="e", weight=weight),),
    )
    listener = AcceleratorListener(
        arn="l", port_ranges=(PortRange(from_port=80, to_port=80),), groups=(group,)
    )
    topology = Topology(
        version=version,
        accelerators=(
            Accelerator(
                arn="a", name=name, enabled=True, ips=("127.0.0.1",), listeners=(listener,)
            ),
        ),
    )

    assert codec.loads(Topology, codec.dumps(topology)) == topology
