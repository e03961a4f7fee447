"""Where a run's records go."""

from pathlib import Path

from muster.measure.samples import Presence, Sighting
from muster.probe import FileSink, read_probe_run

SIGHTING = Sighting(
    item="a", region="us-west-2", asked_s=1.0, answered_s=2.0, presence=Presence.PRESENT
)


async def test_a_torn_sighting_does_not_take_the_next_process_sightings_with_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "sightings.jsonl"
    first = FileSink.append(path)
    first.put(SIGHTING)
    first.put(SIGHTING)
    await first.close()
    path.write_bytes(path.read_bytes()[:-10])

    second = FileSink.append(path)
    second.put(SIGHTING)
    await second.close()

    assert read_probe_run(path).sightings == (SIGHTING, SIGHTING)
