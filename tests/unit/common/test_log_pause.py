"""Which of many log lines are written."""

from common.log_pause import MAX_SUBJECTS, LogPause


def test_a_subject_has_one_line_in_each_pause() -> None:
    pause = LogPause(10.0)

    due = [pause.is_over("a", now) for now in (0.0, 1.0, 9.9, 10.0, 11.0)]

    assert due == [True, False, False, True, False]


def test_subjects_do_not_wait_for_each_other() -> None:
    pause = LogPause(10.0)

    assert [pause.is_over(subject, 0.0) for subject in ("a", "b", "a")] == [True, True, False]


def test_what_is_remembered_is_bounded() -> None:
    pause = LogPause(10.0)
    for number in range(MAX_SUBJECTS):
        pause.is_over(str(number), 0.0)

    assert not pause.is_over("0", 0.0)
    assert pause.is_over("another", 0.0)
    assert pause.is_over("0", 0.0)
