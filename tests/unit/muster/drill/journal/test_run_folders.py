"""Run folders: their names, and which run a name means."""

from dataclasses import replace
from pathlib import Path

import pytest

from common.drill_lease import DrillProgress
from muster.drill.journal.events import RunClosed
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.drill.run.lease import Lease
from muster.errors import InvalidJournal, InvalidRunsFolder, UnknownRun
from muster.probe.plan import RUN_ID
from tests.ordinary_user import as_ordinary_user
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.drill.run.builders import LEASE
from tests.unit.muster.sample_clock import make_clock

NOW = 1_763_719_327.0
HOST = "laptop"


def begin(runs: RunFolders, now: float = NOW, *, closed: str | None = None) -> RunFolder:
    folder = runs.new("evacuate", now)
    with DrillJournal.create(folder.journal, make_clock()) as journal:
        journal.append(build_run_opened(build_plan("evacuate"), folder.name))
        if closed:
            journal.append(RunClosed(status=closed, exit_code=0, why="x"))  # type: ignore[arg-type]  # one of the statuses
    return folder


def lease_of(run: str, folder: str = "") -> Lease:
    return replace(LEASE, run=run, host=HOST, progress=DrillProgress(folder=folder))


def test_a_folder_of_runs_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    file, secret = tmp_path / "file", RunFolders(tmp_path / "runs")
    file.touch()
    run = begin(secret)
    secret.folder.chmod(0)

    assert RunFolders(tmp_path / "none").all() == []
    with pytest.raises(InvalidRunsFolder, match=r"file, can't be read: Not a directory"):
        RunFolders(file).all()
    with as_ordinary_user():
        with pytest.raises(InvalidRunsFolder, match=r"Permission denied \(setting runs\)"):
            secret.all()
        with pytest.raises(InvalidRunsFolder, match="Permission denied"):
            secret.new("evacuate", NOW)
        with pytest.raises(InvalidJournal, match="can't be read: Permission denied"):
            secret.find(str(run.path)).read_state()
        assert secret.local_state(lease_of(run.name), HOST) == "left"
    secret.folder.chmod(0o700)


def test_a_run_is_named_by_its_start_and_its_scenario(tmp_path: Path) -> None:
    runs = RunFolders(tmp_path / "runs")

    first, second = begin(runs), begin(runs)

    assert first.name == "2025-11-21T10-02-07-evacuate"
    assert second.name == "2025-11-21T10-02-08-evacuate"
    assert [run.name for run in runs.all()] == [second.name, first.name]
    assert RUN_ID.fullmatch(first.probe_id)
    assert first.probe_id != second.probe_id


def test_a_run_is_found_by_its_name_its_beginning_its_folder_or_as_the_newest(
    tmp_path: Path,
) -> None:
    runs = RunFolders(tmp_path)
    first, second = begin(runs), begin(runs, NOW + 60)

    assert runs.find(None) == second
    assert runs.find(first.name) == first
    assert runs.find("2025-11-21T10-02") == first
    assert runs.find(str(first.path)).name == first.name


def test_a_run_that_can_not_be_found(tmp_path: Path) -> None:
    runs = RunFolders(tmp_path)
    with pytest.raises(UnknownRun, match="no run in"):
        runs.find(None)
    begin(runs)
    begin(runs)

    with pytest.raises(UnknownRun, match="several runs begin so"):
        runs.find("2025")
    for _ in range(4):
        begin(runs)
    with pytest.raises(UnknownRun, match=r"several runs begin so: \S+, \S+, \S+ and 3 more in "):
        runs.find("2025")
    with pytest.raises(UnknownRun, match="no such run"):
        runs.find("1999")
    name = runs.all()[0].name
    with pytest.raises(UnknownRun, match=rf"; did you mean {name}\?$"):
        runs.find(name.replace("T", "t"))


def test_unfinished_runs_and_unreadable_ones(tmp_path: Path) -> None:
    runs = RunFolders(tmp_path)
    begin(runs, closed="met")
    open_run = begin(runs)
    half = begin(runs, closed="incomplete")
    damaged = runs.new("shift", NOW)
    damaged.path.mkdir()
    damaged.journal.write_text("?\n")

    assert list(runs.unfinished()) == [half, open_run]
    with pytest.raises(InvalidJournal):
        damaged.read_state()


def test_a_resumed_run_has_several_files_of_samples(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for name in ("samples.jsonl", "samples-2.jsonl", "samples-10.jsonl"):
        (tmp_path / name).touch()

    assert [path.name for path in folder.samples()] == [
        "samples.jsonl",
        "samples-2.jsonl",
        "samples-10.jsonl",
    ]
    assert folder.next_samples().name == "samples-4.jsonl"
    assert RunFolder(tmp_path / "new").next_samples().name == "samples.jsonl"
    assert folder.read_result() is None


def test_the_local_state_of_a_run(tmp_path: Path) -> None:
    runs = RunFolders(tmp_path / "runs")
    left, over = begin(runs), begin(runs, closed="met")
    torn = begin(runs)
    torn.journal.write_text("no journal\n")

    assert runs.local_state(lease_of("2025-11-21T10-02-07-elsewhere"), HOST) == "unknown"
    states = [runs.local_state(lease_of(one.name), HOST) for one in (left, over, torn)]
    assert states == ["left", "over", "left"]
    with DrillJournal.reopen(left.journal, make_clock())[0]:
        assert runs.local_state(lease_of(left.name), HOST) == "at-work"


def test_a_run_whose_records_were_on_this_machine_and_are_gone_is_lost(tmp_path: Path) -> None:
    runs, elsewhere = RunFolders(tmp_path / "runs"), RunFolders(tmp_path / "elsewhere")
    kept = begin(elsewhere)
    lease = lease_of(kept.name, str(kept.path))

    assert runs.local_state(lease, HOST) == "unknown"
    kept.journal.unlink()
    assert runs.local_state(lease, HOST) == "lost"
    assert runs.local_state(lease, "another") == "unknown"
