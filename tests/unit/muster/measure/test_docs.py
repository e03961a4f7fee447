"""Every number has its definition in docs/drills/measurements.md."""

import dataclasses
import re
from pathlib import Path
from typing import get_args

import pytest

from muster import measure
from muster.measure import Cohort, Fate, RequestOutcome

TEXT = (Path(__file__).parents[4] / "docs/drills/measurements.md").read_text()
WORDS = set(re.findall(r"`([a-z0-9_-]+)`", TEXT))
NUMBERS = (
    measure.Bin,
    measure.Closing,
    measure.Latency,
    measure.Movement,
    measure.Outage,
    measure.ProbeQuality,
    measure.RecoveryPoint,
    measure.Settled,
    measure.Stragglers,
    measure.Unavailability,
)
PLAIN = {"group", "outages"}
"""Fields that carry no number of their own."""


@pytest.mark.parametrize("cls", NUMBERS)
def test_every_number_is_defined(cls: type) -> None:
    fields = {f.name for f in dataclasses.fields(cls)}
    properties = {name for name, member in vars(cls).items() if isinstance(member, property)}

    assert (fields | properties) - WORDS - PLAIN == set()


@pytest.mark.parametrize("word", [*Cohort, *RequestOutcome, *Fate])
def test_every_word_of_a_sample_is_defined(word: str) -> None:
    assert word in WORDS


@pytest.mark.parametrize("cause", get_args(measure.DoubtCause))
def test_every_cause_of_a_doubt_is_defined(cause: str) -> None:
    assert f"| `{cause}` |" in TEXT
