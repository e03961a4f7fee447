"""The workshop, from its first page to its last, as a new user does it: docs/workshop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.checkout import SPEED, clean_environment, copy_checkout
from tests.e2e.workshop.bash_session import BashSession
from tests.e2e.workshop.page import Step, matches, parse_page
from tests.waiting import eventually

FOLDER = Path(__file__).parents[3] / "docs" / "workshop"
EXERCISES = sorted(FOLDER.glob("[0-9]*.md"))
REPEAT_S = 1.0


class Workshop:
    """One terminal in a fresh copy of the checkout, in which the pages follow each other."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        environ = {**clean_environment(), "INSTANCE": "auto", "SPEED": SPEED}
        self._checkout = copy_checkout(folder)
        self._terminal = BashSession(folder, scratch, environ)
        self._next = 0
        self._failed = ""

    def do_exercises(self, last: Path) -> None:
        """All that come before `last` and are not done yet, and `last`."""
        assert not self._failed, f"{self._failed} went wrong, and this one builds on it"
        for page in EXERCISES[self._next : EXERCISES.index(last) + 1]:
            self._failed = page.name
            for step in parse_page(page.read_text()):
                self._take(page, step)
            self._failed = ""
            self._next += 1

    def close(self) -> None:
        self._terminal.close()
        self._checkout.run("make", "down", within_s=60).ok()

    def _take(self, page: Path, step: Step) -> None:
        where = f"{page.name}, line {step.line}"

        def take() -> bool:
            done = self._terminal.run(step.commands, step.within_s)
            assert (done.code != 0) == step.fails, f"{where}: status {done.code}\n{done.output}"
            wanted = step.expected
            assert wanted is None or matches(wanted, done.output), (
                f"{where}: the page shows\n{wanted}\nand the system\n{done.output}"
            )
            return True

        if step.repeat:
            eventually(take, step.within_s, REPEAT_S)
        else:
            take()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    made = Workshop(tmp_path_factory.mktemp("muster"), tmp_path_factory.mktemp("steps"))
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("page", EXERCISES, ids=lambda page: page.stem)
def test_an_exercise_shows_what_its_page_says(workshop: Workshop, page: Path) -> None:
    workshop.do_exercises(page)
