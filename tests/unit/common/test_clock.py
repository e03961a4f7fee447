"""The machine's clock."""

from common.clock import ProcessClock, SystemClock


async def test_monotonic_time_passes_while_the_clock_sleeps_or_waits() -> None:
    clock = SystemClock()
    start = clock.monotonic()

    await clock.sleep(0.001)
    slept = clock.monotonic()
    clock.wait(0.001)

    assert slept - start >= 0.001
    assert clock.monotonic() - slept >= 0.001


def test_processor_time_grows_only_while_the_process_works() -> None:
    clock: ProcessClock = SystemClock()
    start = clock.cpu_time()

    while clock.cpu_time() == start:
        pass

    assert clock.cpu_time() > start


def test_the_wait_for_a_processor_never_shrinks() -> None:
    """https://docs.kernel.org/scheduler/sched-stats.html"""
    clock: ProcessClock = SystemClock()

    before = clock.cpu_wait()
    after = clock.cpu_wait()

    if before is not None:  # some kernels do not tell
        assert after is not None
        assert 0 <= before <= after


def test_the_wall_clock_counts_from_1970() -> None:
    assert SystemClock().now() > 1_700_000_000
