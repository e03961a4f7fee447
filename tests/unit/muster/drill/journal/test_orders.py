"""What people tell a run, as files of its folder."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from muster.drill.journal.orders import (
    ApprovalOrder,
    MarkOrder,
    OrderFolder,
    PersonOrder,
    UnreadableOrder,
)
from muster.errors import OrderNotTaken

YES = ApprovalOrder(question=7, approved=True, by="ann@desk", host="desk")
PAGED = MarkOrder(words="on-call paged", marked_at=1000.0, by="ben@desk", host="desk")


@pytest.mark.parametrize("order", [YES, PAGED])
def test_an_order_is_read_as_it_was_written(order: PersonOrder, tmp_path: Path) -> None:
    orders = OrderFolder(tmp_path)

    number = orders.add(order)

    assert list(orders.read(())) == [(number, order)]
    assert [path.name for path in orders.path.iterdir()] == ["001.json"]


def test_orders_come_in_their_order_and_without_the_known_ones(tmp_path: Path) -> None:
    orders = OrderFolder(tmp_path)
    for _ in range(12):
        orders.add(PAGED)

    assert [number for number, _ in orders.read({2, 5})] == [1, 3, 4, 6, 7, 8, 9, 10, 11, 12]


def test_a_run_that_nobody_has_told_anything_has_no_orders(tmp_path: Path) -> None:
    assert list(OrderFolder(tmp_path).read(())) == []
    assert list(tmp_path.iterdir()) == []


def test_orders_of_several_people_at_once_are_all_kept(tmp_path: Path) -> None:
    def add(person: int) -> int:
        return OrderFolder(tmp_path).add(
            MarkOrder(words=f"by {person}", marked_at=0.0, by="x", host="desk")
        )

    with ThreadPoolExecutor(8) as people:
        numbers = list(people.map(add, range(40)))

    found = dict(OrderFolder(tmp_path).read(()))
    assert sorted(numbers) == sorted(found) == list(range(1, 41))
    for person, number in enumerate(numbers):
        assert found[number] == MarkOrder(words=f"by {person}", marked_at=0.0, by="x", host="desk")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"kind":"dance"}', '{"kind":"approval","approved":true}', "\xff"],
)
def test_a_file_that_is_no_order_is_told_by_its_name(text: str, tmp_path: Path) -> None:
    orders = OrderFolder(tmp_path)
    orders.add(PAGED)
    (orders.path / "002.json").write_bytes(text.encode("latin-1"))

    _, (number, second) = orders.read(())

    assert number == 2
    assert isinstance(second, UnreadableOrder)
    assert f"{orders.path}/002.json can't be read as an order" in second.why


def test_other_files_are_no_orders(tmp_path: Path) -> None:
    orders = OrderFolder(tmp_path)
    orders.path.mkdir()
    for name in (".order.12.json", "1.json", "notes.txt", "001.json.bak"):
        (orders.path / name).write_text("x")

    assert list(orders.read(())) == []


def test_an_order_that_can_not_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    orders = OrderFolder(tmp_path)

    with pytest.raises(OrderNotTaken, match=r"orders can't be written: No space left on device"):
        orders.add(YES, sync=fail)

    assert list(orders.path.iterdir()) == []
