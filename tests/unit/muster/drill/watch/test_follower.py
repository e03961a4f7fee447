"""Following the files of a run while they grow."""

import json
from pathlib import Path

import pytest

from muster.drill.journal.events import encode_line
from muster.drill.journal.run_folders import RunFolder
from muster.drill.watch.follower import RunFollower
from muster.errors import InvalidJournal
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.report.sample_runs import evacuation, region_loss
from tests.unit.muster.report.staged_run import START_S, write_run_folder


def test_each_line_of_the_journal_is_read_once(tmp_path: Path) -> None:
    lines = evacuation().lines
    folder = RunFolder(tmp_path / evacuation().name)
    folder.path.mkdir()
    texts = [json.dumps(encode_line(line)) + "\n" for line in lines]
    folder.journal.write_text("".join(texts[:3]))
    follower = RunFollower(folder)

    first = follower.read_lines()
    nothing = follower.read_lines()
    with folder.journal.open("a") as file:
        file.write(texts[3] + texts[4][:10])  # the writer is in the middle of a line
    more = follower.read_lines()

    assert [line.n for line in first] == [1, 2, 3]
    assert nothing == ()
    assert [line.n for line in more] == [4]
    assert follower.last_s == more[-1].at_s


def test_the_last_seconds_are_seen_as_the_drill_sees_them(tmp_path: Path) -> None:
    folder = write_run_folder(region_loss(), tmp_path)

    observation, view = RunFollower(folder).observe(START_S + 1000.0)

    samples = [sample for run in region_loss().probe_runs for sample in run.samples]
    assert observation.total == sum(sample.counts for sample in samples)
    assert observation.total_failed == sum(sample.failed for sample in samples if sample.counts)
    assert view == region_loss().views[-1].view


def test_shares_and_lags_are_of_the_moment(tmp_path: Path) -> None:
    folder = write_run_folder(evacuation(), tmp_path)
    last = max(sample.finished_s for run in evacuation().probe_runs for sample in run.samples)

    observation, _ = RunFollower(folder).observe(last)

    assert set(observation.good_by_region) == {HOME, AWAY}
    assert observation.lags_s


def test_a_run_without_probes_yet_is_unknown(tmp_path: Path) -> None:
    folder = write_run_folder(evacuation(), tmp_path)
    for path in folder.path.iterdir():
        if path != folder.journal:
            path.unlink()

    observation, view = RunFollower(folder).observe(START_S)

    assert observation.error_rate is None
    assert view is None


def test_samples_of_a_process_that_took_over_are_read_too(tmp_path: Path) -> None:
    folder = write_run_folder(evacuation(), tmp_path)
    samples = folder.path / "samples.jsonl"
    follower = RunFollower(folder)
    before, _ = follower.observe(START_S)

    (folder.path / "samples-2.jsonl").write_bytes(samples.read_bytes())
    after, _ = follower.observe(START_S)

    assert after.total == 2 * before.total


def test_damaged_samples_end_the_observation_and_not_the_watching(tmp_path: Path) -> None:
    folder = write_run_folder(evacuation(), tmp_path)
    (folder.path / "samples.jsonl").write_bytes(b"no\n")
    (folder.path / "views.jsonl").write_text("no\n")
    follower = RunFollower(folder)

    observation, view = follower.observe(START_S)

    assert follower.problem.startswith("the probes can't be read any more: ")
    assert observation.total == 0
    assert view is None
    assert follower.read_lines()


def test_samples_that_can_not_be_opened_end_the_observation_alone(tmp_path: Path) -> None:
    folder = write_run_folder(evacuation(), tmp_path)
    (folder.path / "samples.jsonl").unlink()
    (folder.path / "samples.jsonl").mkdir()
    follower = RunFollower(folder)

    observation, view = follower.observe(START_S)

    assert follower.problem.startswith("the probes can't be read any more: ")
    assert observation.total == 0
    assert view is not None


@pytest.mark.parametrize("text", ["no\n", ""])
def test_a_damaged_journal_can_not_be_followed(tmp_path: Path, text: str) -> None:
    folder = write_run_folder(evacuation(), tmp_path)
    folder.journal.write_text(text)

    with pytest.raises(InvalidJournal):
        RunFollower(folder)
