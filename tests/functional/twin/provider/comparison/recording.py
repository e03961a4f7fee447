"""The recorded calls of Terraform's provider for AWS 5.100 (tests/interop/terraform)."""

import json
from pathlib import Path

from tests.functional.twin.provider.comparison.normalized_calls import NormalizedCall

RECORDING = Path(__file__).parent / "recorded_calls.json"
"""Phase -> calls, each a list of service, Region, operation and parameters."""


def read_recording() -> dict[str, list[NormalizedCall]]:
    phases = json.loads(RECORDING.read_text())
    return {phase: [NormalizedCall(*call) for call in calls] for phase, calls in phases.items()}
