"""Several checks at the same time, and what is shown of those that fail."""

from pathlib import Path

import pytest

from tools.check import main

GOOD = ("python", "-c", "print('all is well')")
BAD = ("python", "-c", "print('line 3 is wrong'); raise SystemExit(2)")


def test_checks_that_succeed_show_nothing_of_their_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main({"one": GOOD, "other": GOOD})

    assert code == 0
    assert "all is well" not in capsys.readouterr().out


def test_a_check_that_fails_shows_its_output_and_the_others_run_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = tmp_path / "done"
    writing = ("python", "-c", f"open({str(done)!r}, 'w').close()")

    code = main({"bad": BAD, "writing": writing})

    assert code == 1
    assert "\nline 3 is wrong\n" in capsys.readouterr().out
    assert done.exists()
