"""The durable log: what is appended is read back; what is cut off is dropped; damage is told."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import InstanceInUse, StateCorrupt
from twin.region.tables.wal import LogRecord, WriteAheadLog, decode, encode

LOG = "log-00000001"


def filled(folder: Path, *texts: str) -> None:
    journal = WriteAheadLog(folder, sync=False)
    list(journal.replay())
    for text in texts:
        journal.append(text)
    journal.close()


def read(folder: Path) -> list[LogRecord]:
    journal = WriteAheadLog(folder, sync=False)
    try:
        return list(journal.replay())
    finally:
        journal.close()


def test_records_come_back_in_order(tmp_path: Path) -> None:
    filled(tmp_path, '{"n":1}', '{"n":2}')
    filled(tmp_path, '{"n":3}')

    assert read(tmp_path) == [{"n": 1}, {"n": 2}, {"n": 3}]


@given(
    st.dictionaries(st.text(), st.text() | st.integers() | st.booleans()),
    st.integers(min_value=0),
    st.integers(min_value=1, max_value=255),
)
def test_a_line_is_read_back_or_known_to_be_damaged(
    record: dict[str, object], place: int, flip: int
) -> None:
    line = encode(json.dumps(record))
    damaged = bytearray(line)
    damaged[place % len(line)] ^= flip

    assert decode(line) == record
    assert decode(bytes(damaged)) is None


@given(st.lists(st.integers(), min_size=1, max_size=4), st.data())
def test_a_log_cut_off_anywhere_keeps_every_whole_record(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("log")
    lines = [encode(json.dumps({"n": n})) for n in numbers]
    whole = b"".join(lines)
    filled(folder, *(json.dumps({"n": n}) for n in numbers))
    cut = data.draw(st.integers(0, len(whole)))
    (folder / LOG).write_bytes(whole[:cut])

    kept = [n for i, n in enumerate(numbers) if len(b"".join(lines[: i + 1])) <= cut]
    assert read(folder) == [{"n": n} for n in kept]
    filled(folder, '{"n":"after"}')
    assert read(folder) == [*({"n": n} for n in kept), {"n": "after"}]


def test_a_dropped_record_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(tmp_path, '{"n":1}', '{"n":2}')
    (tmp_path / LOG).write_bytes((tmp_path / LOG).read_bytes()[:-3])

    assert read(tmp_path) == [{"n": 1}]
    assert "cut off at byte" in caplog.text


def test_damage_before_the_last_record_names_file_and_place(tmp_path: Path) -> None:
    filled(tmp_path, '{"n":1}', '{"n":2}', '{"n":3}')
    raw = bytearray((tmp_path / LOG).read_bytes())
    offset = len(encode('{"n":1}'))
    raw[offset + 12] ^= 1
    (tmp_path / LOG).write_bytes(bytes(raw))

    with pytest.raises(StateCorrupt, match=f"{LOG}: the record at byte {offset} is damaged"):
        read(tmp_path)


def test_a_base_replaces_what_came_before_it(tmp_path: Path) -> None:
    journal = WriteAheadLog(tmp_path, sync=True)
    list(journal.replay())
    journal.append('{"n":1}')
    base = journal.begin_base()
    journal.append('{"n":2}')
    base.write('{"folded":1}')
    base.sync()
    journal.finish_base(base)
    journal.append('{"n":3}')
    journal.close()

    assert read(tmp_path) == [{"folded": 1}, {"n": 2}, {"n": 3}]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["base-00000002", "lock", "log-00000002"]


def test_a_crash_while_the_base_is_written_loses_nothing(tmp_path: Path) -> None:
    journal = WriteAheadLog(tmp_path, sync=False)
    list(journal.replay())
    journal.append('{"n":1}')
    base = journal.begin_base()
    base.abandon()
    journal.append('{"n":2}')
    journal.close()
    (tmp_path / "base-00000002.part").write_bytes(encode('{"folded":1}'))

    assert read(tmp_path) == [{"n": 1}, {"n": 2}]
    assert not list(tmp_path.glob("*.part"))
    filled(tmp_path, '{"n":3}')
    assert read(tmp_path) == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_a_log_that_is_not_the_last_may_not_be_cut_off(tmp_path: Path) -> None:
    journal = WriteAheadLog(tmp_path, sync=False)
    list(journal.replay())
    journal.append('{"n":1}')
    journal.begin_base().abandon()
    journal.append('{"n":2}')
    journal.close()
    (tmp_path / LOG).write_bytes((tmp_path / LOG).read_bytes()[:-1])

    with pytest.raises(StateCorrupt, match=LOG):
        read(tmp_path)


def test_two_processes_do_not_share_a_log(tmp_path: Path) -> None:
    journal = WriteAheadLog(tmp_path, sync=False)

    with pytest.raises(InstanceInUse, match="another process"):
        WriteAheadLog(tmp_path, sync=False)
    journal.close()


def test_a_base_that_can_t_be_begun_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    journal = WriteAheadLog(tmp_path, sync=False)
    list(journal.replay())
    in_the_way = tmp_path / "log-00000002"
    in_the_way.mkdir()

    with pytest.raises(IsADirectoryError):
        journal.begin_base()
    journal.append('{"n":1}')
    in_the_way.rmdir()
    base = journal.begin_base()
    journal.append('{"n":2}')
    base.abandon()
    journal.close()

    assert read(tmp_path) == [{"n": 1}, {"n": 2}]
