"""Which processes have lost their execution environment."""

import pytest

from twin.region.lambdas.child_processes import is_left_behind
from twin.runtime.process_info import ProcessInfo

REGION, LIVING = 10, 20


@pytest.mark.parametrize(
    ("parent", "group", "log_stream", "expected"),
    [
        (REGION, 99, "ended", True),
        (1, 99, "ended", True),
        (REGION, 99, "living", False),
        (REGION, 99, "of an environment before", True),
        (REGION, 99, None, True),
        (REGION, LIVING, None, False),
        (1, 99, None, False),
        (1, 99, "of another Region", False),
    ],
)
def test_what_is_of_no_living_environment_has_lost_its_own(
    parent: int, group: int, log_stream: str | None, *, expected: bool
) -> None:
    process = ProcessInfo(
        pid=99,
        state="S",
        parent=parent,
        group=group,
        session=REGION,
        threads=1,
        start_ticks=0,
        memory_bytes=0,
        processor_s=0.0,
    )

    found = is_left_behind(
        process, log_stream, ended="ended", living={LIVING: "living"}, region_pid=REGION
    )

    assert found is expected
