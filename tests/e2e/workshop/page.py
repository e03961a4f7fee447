"""The steps of a workshop page: its commands, and the output that it shows for them.

A fenced block `sh` has commands. A block `text` after it is their output, standard error included.
Words after `sh` say more, and a reader does not see them:

* `repeat`: the page asks to repeat the commands until the output is as shown;
* `fails`: a command ends with another status than 0, as the page says;
* `within=180`: seconds that the step may take, with all its repetitions (120).

Under the heading "On AWS" a block `console` shows commands that are not taken here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

WITHIN_S = 120.0
_FENCE = re.compile(r"^(`{3,})(.*)$")


class PageError(Exception):
    """A page with a block that can't be taken; names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Commands, and what they show."""

    line: int
    """Of the page, where the commands begin."""
    commands: str
    expected: str | None = None
    """Text of the page; None where it shows no output."""
    repeat: bool = False
    fails: bool = False
    within_s: float = WITHIN_S


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    language: str
    words: tuple[str, ...]
    text: str
    section: str
    """The heading above."""


def parse_page(text: str) -> tuple[Step, ...]:
    """The steps in order. Raises PageError."""
    steps: list[Step] = []
    for block in _blocks(text):
        if block.language == "sh":
            steps.append(_parse_commands(block))
        elif block.language == "text":
            if not steps or steps[-1].expected is not None:
                raise PageError(f"line {block.line}: output without commands")
            steps[-1] = replace(steps[-1], expected=block.text)
        elif block.language != "console" or block.section != "On AWS":
            raise PageError(f"line {block.line}: no test takes a block '{block.language}' here")
    for step in steps:
        if step.repeat and step.expected is None:
            raise PageError(f"line {step.line}: no output says when to stop repeating")
    return tuple(steps)


def matches(expected: str, output: str) -> bool:
    """Whether an output is the one that a page shows.

    `...` stands for any text within a line; alone in a line, for any lines or none. Blanks at the
    ends of lines, and empty lines at the end, don't count.
    """
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "..." else _line_pattern(line)
        for line in expected.splitlines()
    )
    shown = "".join(f"{line.rstrip()}\n" for line in output.rstrip().splitlines())
    return re.fullmatch(pattern, shown) is not None


def _line_pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split("...")) + r"\n"


def _blocks(text: str) -> Iterator[_Block]:
    lines = iter(enumerate(text.splitlines(), start=1))
    section = ""
    for number, line in lines:
        if line.startswith("#"):
            section = line.lstrip("# ")
        if fence := _FENCE.match(line):
            language, *words = fence[2].split() or [""]
            content = _block_content(number, fence[1], lines)
            yield _Block(number, language, tuple(words), content, section)


def _block_content(start: int, fence: str, lines: Iterator[tuple[int, str]]) -> str:
    content: list[str] = []
    for _, line in lines:
        if line.rstrip() == fence:
            return "".join(content)
        content.append(f"{line}\n")
    raise PageError(f"line {start}: the block has no end")


def _parse_commands(block: _Block) -> Step:
    step = Step(line=block.line, commands=block.text)
    for word in block.words:
        if word == "repeat":
            step = replace(step, repeat=True)
        elif word == "fails":
            step = replace(step, fails=True)
        elif limit := re.fullmatch(r"within=(\d+)", word):
            step = replace(step, within_s=float(limit[1]))
        else:
            raise PageError(f"line {block.line}: '{word}' after sh means nothing")
    return step
