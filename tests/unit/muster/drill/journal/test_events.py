"""The JSON form of a journal's lines."""

import json
from typing import get_args

import pytest

from muster.drill.journal.events import (
    BaselineRecorded,
    JournalEvent,
    StepStarted,
    decode_line,
    encode_line,
)
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.instructions import InjectFault
from muster.errors import InvalidDocument
from muster.levers import Fault
from tests.unit.muster.drill.builders import AWAY
from tests.unit.muster.drill.view.builders import lines


def test_a_journal_of_an_older_tool_is_read() -> None:
    """Older events have no baseline faults, and no `again`."""
    found = '{"n":1,"at_s":0,"at":0,"kind":"found","state":{"dials":{"us-west-2":60.0}}}'
    inject = (
        '{"n":2,"at_s":0,"at":0,"kind":"begun","step":"m1","do":{"kind":"inject",'
        '"fault":{"kind":"throttle","region":"us-west-2","parameters":{}}}}'
    )

    first, second = (decode_line(json.loads(line)).event for line in (found, inject))

    assert first == BaselineRecorded(state=DrillBaseline(dials={AWAY: 60.0}))
    assert second == StepStarted(
        step="m1", do=InjectFault(fault=Fault(kind="throttle", region=AWAY))
    )


def test_every_kind_of_event_is_decoded_as_it_was_encoded() -> None:
    for line in lines():
        encoded = encode_line(line)

        assert encoded["kind"] == line.event.kind
        assert decode_line(json.loads(json.dumps(encoded))) == line
    assert {type(line.event) for line in lines()} == set(get_args(JournalEvent))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("note", "is not an object"),
        ({"n": True, "at_s": 0, "at": 0, "kind": "note", "words": "x"}, "must be numbers"),
        ({"n": 1, "at_s": "0", "at": 0, "kind": "note", "words": "x"}, "must be numbers"),
        ({"n": 1, "at_s": 0, "at": 0, "kind": "dance"}, "kind: invalid value 'dance'"),
        ({"n": 1, "at_s": 0, "at": 0, "kind": "note"}, "words: missing"),
    ],
)
def test_a_malformed_line_is_an_error(raw: object, message: str) -> None:
    with pytest.raises(InvalidDocument, match=message):
        decode_line(raw)
