"""The log of created resources."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from twin.provider.created_log import NO_CREATED_LOG, CreatedLog, find_created_log


def test_the_last_id_of_a_resource_counts(tmp_path: Path) -> None:
    log = CreatedLog(tmp_path / "receipts.jsonl")
    assert log.ids() == {}

    log.record("urn:a", "id-1")
    log.record("urn:b", "id-2")
    log.record("urn:a", "id-3")

    assert log.ids() == {"urn:a": "id-3", "urn:b": "id-2"}


def test_an_incomplete_line_is_skipped(tmp_path: Path) -> None:
    log = CreatedLog(tmp_path / "receipts.jsonl")
    log.record("urn:a", "id-1")
    with (tmp_path / "receipts.jsonl").open("a") as opened:
        opened.write('{"urn": "urn:b", "i')

    assert log.ids() == {"urn:a": "id-1"}


def test_lines_of_many_threads_are_not_mixed(tmp_path: Path) -> None:
    log = CreatedLog(tmp_path / "receipts.jsonl")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: log.record(f"urn:{n}", f"id-{n}" * 50), range(200)))

    assert len(log.ids()) == 200


def test_the_log_is_kept_in_pulumi_home_only(tmp_path: Path) -> None:
    assert find_created_log({"PULUMI_HOME": str(tmp_path)}).path == tmp_path / "receipts.jsonl"
    assert find_created_log({}) is NO_CREATED_LOG
    assert find_created_log({"PULUMI_HOME": str(tmp_path / "none")}) is NO_CREATED_LOG
    NO_CREATED_LOG.record("urn:a", "id-1")
    assert NO_CREATED_LOG.ids() == {}
