"""A Region's process for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.functional.twin.fake_control import FakeControl
from tests.functional.twin.region.region_process import RegionProcess


@pytest.fixture
async def region(tmp_path: Path) -> AsyncIterator[RegionProcess]:
    """A running Region with nothing deployed."""
    async with aiohttp.ClientSession() as http:
        control = FakeControl()
        region = RegionProcess(tmp_path, control, http)
        async with control.serving_at(region.instance):
            await region.start()
            try:
                yield region
            finally:
                await region.stop()
