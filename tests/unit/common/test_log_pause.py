"""Which of many log lines are written."""

from common.log_pause import MAX_SUBJECTS, LogPause


def test_a_subject_has_one_line_in_each_pause() -> None:
    pause = LogPause(10.0)

    due = [pause.is_over("a", now) for now in (0.0, 1.0, 9.9, 10.0, 11.0)]

    assert due == [True, False, False, True, False]


def test_subjects_do_not_wait_for_each_other() -> None:
    pause = LogPause(10.0)

    assert [pause.is_over(subject, 0.0) for subject in ("a", "b", "a")] == [True, True, False]


def test_the_lines_about_all_subjects_are_bounded() -> None:
    pause = LogPause(10.0)
    due = [pause.is_over(str(number), number / 1000) for number in range(10 * MAX_SUBJECTS)]

    assert sum(due) == MAX_SUBJECTS
    assert not pause.is_over("another", 9.9)
    assert pause.is_over("another", 10.0)
    assert not pause.is_over(str(MAX_SUBJECTS - 1), 10.0)
