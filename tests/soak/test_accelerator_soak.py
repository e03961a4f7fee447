"""Random calls to Global Accelerator, for a short time."""

import random
from pathlib import Path

from tests.soak.accelerator_soak import soak


async def test_no_call_to_global_accelerator_is_a_server_error(tmp_path: Path) -> None:
    assert await soak(tmp_path, calls=600, rng=random.Random(3)) == 0
