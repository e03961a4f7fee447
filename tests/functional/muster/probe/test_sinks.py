"""A sink that writes to a pipe."""

import asyncio
import os

from muster.probe import PipeSink
from muster.probe.records import record_from_line
from tests.unit.muster.sample_builders import answered_sample


async def test_a_reader_that_does_not_read_delays_nothing() -> None:
    reading, writing = os.pipe()
    sink = PipeSink(writing, max_queued_bytes=20_000)

    for number in range(2000):
        sink.put(answered_sample(float(number)))

    assert sink.unwritten > 0
    os.set_blocking(reading, True)
    os.close(reading)
    await sink.close()


async def test_a_slow_reader_gets_everything_in_order() -> None:
    reading, writing = os.pipe()
    sink = PipeSink(writing)
    made = [answered_sample(float(number)) for number in range(2000)]
    for sample in made:
        sink.put(sample)

    async with asyncio.TaskGroup() as group:
        received = group.create_task(asyncio.to_thread(_read_to_the_end, reading))
        await sink.close()

    assert sink.unwritten == 0
    assert [record_from_line(line) for line in received.result().splitlines()] == made


def _read_to_the_end(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as file:
        return file.read()
