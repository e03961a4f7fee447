"""The recording of the real provider's calls that `make test` compares the stand-in with.

UPDATE_RECORDING=1 writes it anew; otherwise it must be what the provider does now.
"""

import asyncio
import json
import os
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.functional.twin.provider.comparison.accelerator_group import delete_accelerator_group
from tests.functional.twin.provider.comparison.normalized_calls import (
    NormalizedCall,
    normalize_calls,
)
from tests.functional.twin.provider.comparison.recording import RECORDING, read_recording
from tests.interop.call_recorder import CallRecorder, running_recorder
from tests.interop.conftest import make_ec2_client
from tests.interop.terraform.workspace import TerraformMissing, Workspace, make_workspace
from twin.runtime.instance import Instance


async def record_calls(twin: Instance, folder: Path) -> dict[str, list[NormalizedCall]]:
    """Phase -> the calls that change something. Raises TerraformMissing."""
    code = folder / "code.zip"
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), "def handler(event, context): return 1\n")
    async with running_recorder(twin.endpoint_url) as (recorder, url):
        workspace = await asyncio.to_thread(
            make_workspace, folder / "recorded", "recorded", url, code
        )
        return await _record_phases(
            recorder, workspace, partial(delete_accelerator_group, make_ec2_client(twin))
        )


async def _record_phases(
    recorder: CallRecorder, workspace: Workspace, delete_group: Callable[[], None]
) -> dict[str, list[NormalizedCall]]:
    found = {}
    for phase, change in (
        ("create", lambda: workspace.apply(1)),
        ("update", lambda: workspace.apply(2)),
        ("delete", lambda: workspace.destroy_with_accelerator(delete_group)),
    ):
        recorder.calls.clear()
        await asyncio.to_thread(change)
        found[phase] = normalize_calls(
            (call.service, call.region, call.operation, call.parameters)
            for call in recorder.calls
            if call.status < 400
        )
    return found


def test_the_recording_is_what_the_provider_does(twin: Instance, tmp_path: Path) -> None:
    try:
        recorded = asyncio.run(record_calls(twin, tmp_path))
    except TerraformMissing as exc:
        pytest.skip(str(exc))

    if os.environ.get("UPDATE_RECORDING"):
        phases = {phase: [list(call) for call in calls] for phase, calls in recorded.items()}
        RECORDING.write_text(json.dumps(phases, indent=1) + "\n")
    assert recorded == read_recording()
