"""Which numbers of a drill become metrics."""

from dataclasses import replace

from muster.drill.notify.metrics import DrillMetric, list_metrics
from muster.drill.notify.notices import Notice, make_test_notice
from tests.unit.muster.drill.notify.builders import END, NOTICE


def values(notice: Notice) -> dict[str, float]:
    return {metric.name: metric.value for metric in list_metrics(notice)}


def test_the_end_has_a_metric_for_each_number() -> None:
    assert values(END) == {
        "exit_code": 0.0,
        "duration": 444.5,
        "rto": 12.7,
        "rpo": 0.41,
        "lost_items": 0.0,
        "requests": 4810.0,
        "failed_requests": 133.0,
        "availability": 1 - 133 / 4810,
    }


def test_numbers_in_doubt_are_left_out() -> None:
    doubtful = replace(END, numbers={**END.numbers, "trusted": False})

    assert values(doubtful).keys() == {"exit_code", "duration"}


def test_what_was_not_measured_is_left_out() -> None:
    unmeasured = {**END.numbers, "rto_s": None, "rpo_s": None, "rpo_items": None, "requests": 0}

    found = values(replace(END, numbers=unmeasured))

    assert found.keys() & {"rto", "rpo", "lost_items", "availability"} == set()


def test_a_run_without_a_result_has_its_exit_code() -> None:
    assert values(replace(END, exit_code=5, numbers={})) == {"exit_code": 5.0}


def test_a_test_says_so_and_a_beginning_says_nothing() -> None:
    test = make_test_notice(target="a test", by="ann", at=0.0)

    assert list_metrics(test) == (DrillMetric("test", "1", 1.0),)
    assert list_metrics(NOTICE) == ()
