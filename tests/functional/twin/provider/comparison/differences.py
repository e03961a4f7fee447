"""How the stand-in's calls differ from the real provider's, and why they may."""

import json
from pathlib import Path
from typing import NamedTuple


class Difference(NamedTuple):
    """A call that only one of both makes."""

    who: str
    """`stand-in` or `real`."""
    service: str
    region: str
    operation: str
    parameters: str
    """JSON, normalized."""


class ExplainedDifference(NamedTuple):
    """Calls that differ for one reason."""

    reason: str
    calls: tuple[Difference, ...]


def read_differences() -> dict[str, list[ExplainedDifference]]:
    """Phase -> the differences in explained_differences.json."""
    phases = json.loads((Path(__file__).parent / "explained_differences.json").read_text())
    return {
        phase: [
            ExplainedDifference(each["reason"], tuple(Difference(*call) for call in each["calls"]))
            for each in differences
        ]
        for phase, differences in phases.items()
    }
