"""Answers and their latency."""

from app.services.bookmarks.answers import AnswerMaker
from tests.unit.app.fakes import FakeClock


def test_the_latency_is_in_whole_milliseconds_since_the_start() -> None:
    clock = FakeClock()
    answers = AnswerMaker(region="us-west-2", clock=clock)
    timer = answers.start()
    clock.advance(0.0126)

    page = answers.page({"Items": []}, timer)

    assert (page.status, page.html) == (200, None)
    assert page.data == {"Items": [], "Latency": 13, "region": "us-west-2"}


def test_an_answer_without_a_call_has_no_latency() -> None:
    answers = AnswerMaker(region="us-west-2", clock=FakeClock())

    assert answers.page({"ping": "ok"}).data == {"ping": "ok", "region": "us-west-2"}


def test_an_error_has_its_status_in_the_answer_too() -> None:
    answers = AnswerMaker(region="us-west-2", clock=FakeClock())

    page = answers.error(404, "no such item", {"Item": None}, answers.start())

    assert page.status == 404
    assert page.data["status"] == 404
    assert page.data["Item"] is None
