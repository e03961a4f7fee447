"""Random calls to control's own services, for a short time."""

import random
from pathlib import Path

from tests.soak.own_services_soak import soak


async def test_no_call_to_an_own_service_is_a_server_error(tmp_path: Path) -> None:
    assert await soak(tmp_path, calls=400, rng=random.Random(3)) == 0
