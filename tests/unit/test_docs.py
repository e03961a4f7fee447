"""What the pages name is there: files, headings, targets of make, commands. Tables are whole."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest

from common.command.exit_codes import ExitCode
from muster.cli.main import cli as muster
from twin.cli.main import cli as twin

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")])
FOLDERS = ("app", "bench", "common", "docs", "infra", "muster", "tests", "tools", "twin")
FILES = [
    path.relative_to(ROOT).as_posix()
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if "__pycache__" not in path.parts
]
NOT_OURS = {
    "half.yaml",
    "muster.yaml",
    "plan.json",
    "environment.json",
    "report.json",
    "result.json",
    "summary.md",
}
"""Files that a user writes, and those of a run."""

on_each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def words_in_code(text: str) -> list[str]:
    """What stands between single backticks."""
    return re.findall(r"`([^`\n]+)`", text)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


@on_each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)]*)\)", page.read_text())
    for path, _, anchor in (link.partition("#") for link in links):
        target = page.parent / path if path else page

        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@on_each_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    for word in words_in_code(page.read_text()):
        in_a_folder = re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./*-]*", word)
        named = re.fullmatch(r"[\w*-]+\.(py|md|json|yaml|toml)", word) and word not in NOT_OURS
        wanted = word.rstrip("/")

        known = (ROOT / wanted).exists() or any(
            fnmatch(file, wanted) or fnmatch(file, f"*/{wanted}") for file in FILES
        )
        assert known or not (in_a_folder or named), word


@on_each_page
def test_every_table_is_whole(page: Path) -> None:
    """An empty line ends a table, and what follows is no table any more."""
    blocks = re.findall(r"(?:^\|.*\n)+", page.read_text(), re.MULTILINE)
    for head, *rows in ([row.count("|") for row in cells(block)] for block in blocks):
        assert set(rows) == {head}
    for block in blocks:
        assert re.fullmatch(r"\|[-:| ]+\|", block.splitlines()[1]), block


def test_every_exit_code_is_explained_on_one_page_alone() -> None:
    code = re.compile(r"^\| (\d+) \|", re.MULTILINE)
    explained = {page.name for page in PAGES if re.search(r"^\| Code \|", page.read_text(), re.M)}
    conventions = (ROOT / "docs" / "conventions.md").read_text()

    assert explained == {"conventions.md"}
    assert [int(number) for number in code.findall(conventions)] == [*map(int, ExitCode)]


@pytest.mark.parametrize("name", ["README.md", "docs/muster.md", "docs/twin.md", "docs/drills.md"])
def test_the_pages_of_commands_lead_to_their_conventions(name: str) -> None:
    assert "conventions.md" in (ROOT / name).read_text()


def cells(block: str) -> Iterator[str]:
    """The rows of a table, without bars that stand in code."""
    return (re.sub(r"`[^`]*`|\\\|", "", row) for row in block.splitlines())


@on_each_page
def test_every_command_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    for line in [*words_in_code(text), *lines_of_commands(text)]:
        tool, _, rest = line.partition(" ")
        if tool == "make" and re.match(r"[a-z]", rest):
            assert rest.split()[0] in targets, line
        elif tool in ("twin", "muster") and re.match(r"[a-z]", rest):
            assert exists({"twin": twin, "muster": muster}[tool], rest.split()), line


def lines_of_commands(text: str) -> Iterator[str]:
    """Lines of the blocks that are marked as commands, or not marked, without a prompt."""
    for language, block in re.findall(r"^```(\w*).*?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language in ("", "sh", "console"):
            yield from re.findall(r"^ *(?:\$ )?(.+)", block, re.MULTILINE)


def exists(command: click.Command, words: list[str]) -> bool:
    """Whether the words begin with a command of the tool; what follows are its arguments."""
    if not isinstance(command, click.Group) or not words or not words[0].isalpha():
        return True
    found = command.get_command(click.Context(command), words[0])
    return found is not None and exists(found, words[1:])
