"""Receipts of what was made."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from twin.provider.created_log import NO_CREATED_LOG, CreatedLog, find_created_log


def test_the_last_receipt_of_a_resource_counts(tmp_path: Path) -> None:
    book = CreatedLog(tmp_path / "receipts.jsonl")
    assert book.ids() == {}

    book.made("urn:a", "id-1")
    book.made("urn:b", "id-2")
    book.made("urn:a", "id-3")

    assert book.ids() == {"urn:a": "id-3", "urn:b": "id-2"}


def test_a_receipt_cut_short_is_passed_over(tmp_path: Path) -> None:
    book = CreatedLog(tmp_path / "receipts.jsonl")
    book.made("urn:a", "id-1")
    with (tmp_path / "receipts.jsonl").open("a") as opened:
        opened.write('{"urn": "urn:b", "i')

    assert book.ids() == {"urn:a": "id-1"}


def test_receipts_of_many_threads_stay_whole(tmp_path: Path) -> None:
    book = CreatedLog(tmp_path / "receipts.jsonl")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: book.made(f"urn:{n}", f"id-{n}" * 50), range(200)))

    assert len(book.ids()) == 200


def test_receipts_are_kept_in_a_private_pulumi_home_only(tmp_path: Path) -> None:
    assert find_created_log({"PULUMI_HOME": str(tmp_path)}).path == tmp_path / "receipts.jsonl"
    assert find_created_log({}) is NO_CREATED_LOG
    assert find_created_log({"PULUMI_HOME": str(tmp_path / "none")}) is NO_CREATED_LOG
    NO_CREATED_LOG.made("urn:a", "id-1")
    assert NO_CREATED_LOG.ids() == {}
