"""Random invocations of hostile functions, for a short time."""

import random
from pathlib import Path

from tests.soak.invoke_soak import soak


async def test_no_function_ends_or_blocks_its_region(tmp_path: Path) -> None:
    assert await soak(tmp_path, calls=60, rng=random.Random(3)) == 0
