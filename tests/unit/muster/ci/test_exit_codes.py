"""Every exit code of a drill has its meaning, as on the page of them all."""

import re
from pathlib import Path

from common.command.exit_codes import ExitCode
from muster.ci.exit_codes import EXIT_MEANINGS, explain_exit_code
from muster.drill.result import EXIT_CODES

DOCS = Path(__file__).parents[4] / "docs"


def test_every_documented_code_has_a_meaning() -> None:
    _, _, section = (DOCS / "conventions.md").read_text().partition("\n## Exit codes\n")
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", section.split("\n## ")[0], re.M)}

    assert len(codes) > 5
    assert codes <= set(EXIT_MEANINGS)


def test_every_code_that_a_drill_ends_with_has_a_meaning() -> None:
    assert {*EXIT_CODES.values(), *ExitCode} <= set(EXIT_MEANINGS)


def test_a_code_is_explained_in_a_sentence() -> None:
    assert explain_exit_code(4) == "Exit code 4: stopped before its end, and rolled back."
    assert explain_exit_code(None) == "No exit code: the drill has no end."
    assert explain_exit_code(99) == "Exit code 99: no code of a drill."
