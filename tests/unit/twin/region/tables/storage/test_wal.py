"""The write-ahead log: records survive, a torn end is dropped, damage is set aside."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.files.append_log import encode_line
from tests.full_disk import FULL_DEVICE, file_size_limit
from twin.errors import InstanceInUse
from twin.region.tables.storage.wal import LogRecord, WriteAheadLog
from twin.runtime.damaged_state import find_damaged

LOG = "log-00000001"


def append_records(folder: Path, *texts: str) -> None:
    wal = WriteAheadLog(folder, sync=False)
    list(wal.replay())
    for text in texts:
        wal.append(text)
    wal.close()


def read_records(folder: Path) -> list[LogRecord]:
    wal = WriteAheadLog(folder, sync=False)
    try:
        return list(wal.replay())
    finally:
        wal.close()


def test_records_are_replayed_in_order(tmp_path: Path) -> None:
    append_records(tmp_path, '{"n":1}', '{"n":2}')
    append_records(tmp_path, '{"n":3}')

    assert read_records(tmp_path) == [{"n": 1}, {"n": 2}, {"n": 3}]


@given(st.lists(st.integers(), min_size=1, max_size=4), st.data())
def test_a_log_torn_anywhere_keeps_every_whole_record(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("log")
    lines = [encode_line(json.dumps({"n": n}).encode()) for n in numbers]
    whole = b"".join(lines)
    append_records(folder, *(json.dumps({"n": n}) for n in numbers))
    cut = data.draw(st.integers(0, len(whole)))
    (folder / LOG).write_bytes(whole[:cut])

    kept = [n for i, n in enumerate(numbers) if len(b"".join(lines[: i + 1])) <= cut]
    assert read_records(folder) == [{"n": n} for n in kept]
    append_records(folder, '{"n":"after"}')
    assert read_records(folder) == [*({"n": n} for n in kept), {"n": "after"}]


def test_a_dropped_record_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    append_records(tmp_path, '{"n":1}', '{"n":2}')
    (tmp_path / LOG).write_bytes((tmp_path / LOG).read_bytes()[:-3])

    assert read_records(tmp_path) == [{"n": 1}]
    assert "cut off at byte" in caplog.text


def test_a_damaged_record_is_set_aside_and_the_others_are_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    append_records(tmp_path, '{"n":1}', '{"n":2}', '{"n":3}')
    raw = bytearray((tmp_path / LOG).read_bytes())
    raw[len(encode_line(b'{"n":1}')) + 12] ^= 1
    (tmp_path / LOG).write_bytes(bytes(raw))

    assert read_records(tmp_path) == [{"n": 1}, {"n": 3}]
    (kept,) = find_damaged(tmp_path)
    assert f"kept in {kept}" in caplog.text
    assert kept.read_bytes() == raw.splitlines(keepends=True)[1]

    append_records(tmp_path, '{"n":4}')
    assert read_records(tmp_path) == [{"n": 1}, {"n": 3}, {"n": 4}]
    assert find_damaged(tmp_path) == (kept,)


def test_a_damaged_snapshot_is_read_without_its_damaged_records(tmp_path: Path) -> None:
    wal = WriteAheadLog(tmp_path, sync=False)
    list(wal.replay())
    snapshot = wal.begin_snapshot()
    for number in (1, 2, 3):
        snapshot.write(f'{{"snapshot":{number}}}')
    snapshot.sync()
    wal.finish_snapshot(snapshot)
    wal.append('{"n":4}')
    wal.close()
    base = tmp_path / "base-00000002"
    base.write_bytes(base.read_bytes()[:-2].replace(b'"snapshot":1', b'"snapshot":7'))

    assert read_records(tmp_path) == [{"snapshot": 2}, {"n": 4}]
    assert len(find_damaged(tmp_path)) == 1


def test_a_snapshot_replaces_the_log_before_it(tmp_path: Path) -> None:
    wal = WriteAheadLog(tmp_path, sync=True)
    list(wal.replay())
    wal.append('{"n":1}')
    snapshot = wal.begin_snapshot()
    wal.append('{"n":2}')
    snapshot.write('{"snapshot":1}')
    snapshot.sync()
    wal.finish_snapshot(snapshot)
    wal.append('{"n":3}')
    wal.close()

    assert read_records(tmp_path) == [{"snapshot": 1}, {"n": 2}, {"n": 3}]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["base-00000002", "lock", "log-00000002"]


def test_a_crash_during_a_snapshot_loses_nothing(tmp_path: Path) -> None:
    wal = WriteAheadLog(tmp_path, sync=False)
    list(wal.replay())
    wal.append('{"n":1}')
    snapshot = wal.begin_snapshot()
    snapshot.abandon()
    wal.append('{"n":2}')
    wal.close()
    (tmp_path / "base-00000002.part").write_bytes(encode_line(b'{"snapshot":1}'))

    assert read_records(tmp_path) == [{"n": 1}, {"n": 2}]
    assert not list(tmp_path.glob("*.part"))
    append_records(tmp_path, '{"n":3}')
    assert read_records(tmp_path) == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_only_the_last_log_may_have_a_torn_end(tmp_path: Path) -> None:
    wal = WriteAheadLog(tmp_path, sync=False)
    list(wal.replay())
    wal.append('{"n":1}')
    wal.begin_snapshot().abandon()
    wal.append('{"n":2}')
    wal.close()
    (tmp_path / LOG).write_bytes((tmp_path / LOG).read_bytes()[:-1])

    assert read_records(tmp_path) == [{"n": 2}]
    assert len(find_damaged(tmp_path)) == 1


def test_two_processes_can_not_open_one_log(tmp_path: Path) -> None:
    wal = WriteAheadLog(tmp_path, sync=False)

    with pytest.raises(InstanceInUse, match="another process"):
        WriteAheadLog(tmp_path, sync=False)
    wal.close()


def test_a_snapshot_that_can_not_be_begun_keeps_the_log_open(tmp_path: Path) -> None:
    wal = WriteAheadLog(tmp_path, sync=False)
    list(wal.replay())
    in_the_way = tmp_path / "log-00000002"
    in_the_way.mkdir()

    with pytest.raises(IsADirectoryError):
        wal.begin_snapshot()
    wal.append('{"n":1}')
    in_the_way.rmdir()
    snapshot = wal.begin_snapshot()
    wal.append('{"n":2}')
    snapshot.abandon()
    wal.close()

    assert read_records(tmp_path) == [{"n": 1}, {"n": 2}]


def test_a_snapshot_that_fills_the_disk_leaves_nothing_on_it(tmp_path: Path) -> None:
    wal = WriteAheadLog(tmp_path, sync=False)
    list(wal.replay())
    wal.append('{"n":1}')
    (tmp_path / "base-00000002.part").symlink_to(FULL_DEVICE)
    snapshot = wal.begin_snapshot()
    snapshot.write('{"snapshot":1}')

    with pytest.raises(OSError, match="No space left"):
        snapshot.sync()
    snapshot.abandon()
    wal.append('{"n":2}')
    wal.close()

    assert not list(tmp_path.glob("*.part"))
    assert read_records(tmp_path) == [{"n": 1}, {"n": 2}]


def test_a_record_that_does_not_fit_on_the_disk_is_not_in_the_log(tmp_path: Path) -> None:
    wal = WriteAheadLog(tmp_path, sync=True)
    list(wal.replay())
    wal.append('{"n":1}')
    with file_size_limit(20), pytest.raises(OSError, match="File too large"):
        wal.append('{"n":2}')
    wal.append('{"n":3}')
    wal.close()

    assert read_records(tmp_path) == [{"n": 1}, {"n": 3}]
