"""JSON documents of the twin; tests/unit/common/test_codec.py has the rest."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import codec
from twin.errors import CodecError, TwinError
from twin.topology.model import (
    Accelerator,
    AcceleratorListener,
    EndpointConfiguration,
    EndpointGroup,
    PortRange,
    Topology,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A document."""

    text: str
    by: str | None = None


def test_keys_are_sorted_and_none_is_written() -> None:
    assert codec.dumps(Note(text="x")) == '{"by":null,"text":"x"}'


def test_a_field_of_a_newer_twin_is_ignored() -> None:
    assert codec.loads(Note, '{"text": "x", "from_a_newer_twin": true}') == Note(text="x")


def test_a_wrong_document_is_an_error_of_the_twin() -> None:
    with pytest.raises(CodecError, match="text: expected str, got int") as caught:
        codec.loads(Note, '{"text": 1}')

    assert isinstance(caught.value, TwinError)


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
