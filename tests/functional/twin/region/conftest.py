"""A Region's process for each test, of instance 12, that ends with the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.functional.twin.fake_control import FakeControl
from tests.functional.twin.region.region_process import RegionProcess


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RegionProcess]:
    """A Region that runs and has nothing deployed."""
    async with aiohttp.ClientSession() as http:
        control = FakeControl()
        made = RegionProcess(tmp_path, control, http)
        async with control.at(made.instance):
            await made.start()
            try:
                yield made
            finally:
                await made.stop()
