"""The machine's clock."""

from app.clock import Clock, SystemClock


def test_monotonic_time_never_goes_back_and_passes() -> None:
    clock: Clock = SystemClock()
    start = clock.monotonic()

    while (now := clock.monotonic()) == start:
        pass

    assert now > start


def test_the_wall_clock_counts_from_1970() -> None:
    assert SystemClock().now() > 1_700_000_000
