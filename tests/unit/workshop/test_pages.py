"""The workshop's pages: each can be taken, has the same parts, and fits the hour of the index."""

import re
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from tests.e2e.workshop.page import parse_page

FOLDER = Path(__file__).parents[3] / "docs" / "workshop"
INDEX = FOLDER / "README.md"
EXERCISES = sorted(FOLDER.glob("[0-9]*.md"))
ROW = re.compile(r"^\| (\d+) \| \[(.+?)\]\((.+?)\).* \| (\d+) \|$", re.MULTILINE)
SECTIONS = ["What to do", "Why", "On AWS"]
AWS_COMMAND = re.compile(r"\baws ([a-z0-9]+) ([a-z0-9-]+)")

on_each_exercise = pytest.mark.parametrize("page", EXERCISES, ids=lambda page: page.stem)


def test_the_index_lists_every_exercise_in_order_with_its_title() -> None:
    listed = [(number, title, name) for number, title, name, _ in ROW.findall(INDEX.read_text())]

    assert listed == [
        (str(number), page.read_text().splitlines()[0].removeprefix(f"# {number}. "), page.name)
        for number, page in enumerate(EXERCISES, start=1)
    ]


def test_the_exercises_take_an_hour_in_all() -> None:
    assert sum(int(minutes) for *_, minutes in ROW.findall(INDEX.read_text())) <= 60


def test_a_page_and_the_index_tell_the_same_time() -> None:
    for _, _, name, minutes in ROW.findall(INDEX.read_text()):
        text = (FOLDER / name).read_text()

        assert re.search(r"About\s(\d+)\sminutes", text)[1] == minutes, name  # type: ignore[index]


@on_each_exercise
def test_a_page_has_steps_whose_output_it_shows(page: Path) -> None:
    steps = parse_page(page.read_text())

    assert sum(bool(step.expected) for step in steps) >= 2


@on_each_exercise
def test_a_page_says_what_to_do_why_and_what_it_costs(page: Path) -> None:
    text = page.read_text()
    _, _, on_aws = text.partition("\n## On AWS\n")

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert "https://aws.amazon.com/" in on_aws or "price pages" in on_aws


@on_each_exercise
def test_a_page_can_be_begun_in_a_new_terminal(page: Path) -> None:
    first, *_ = parse_page(page.read_text())

    assert first.commands.startswith("source .twin/env\n" if page != EXERCISES[0] else "make up\n")


@on_each_exercise
def test_a_page_leads_to_the_next_one(page: Path) -> None:
    following = [*EXERCISES, INDEX][EXERCISES.index(page) + 1]

    assert f"]({following.name})" in page.read_text().rstrip().splitlines()[-1]


@on_each_exercise
def test_every_call_of_the_aws_command_exists(page: Path) -> None:
    commands = "".join(step.commands for step in parse_page(page.read_text()))
    session = botocore.session.get_session()
    for service, operation in AWS_COMMAND.findall(commands):
        model = session.get_service_model(service)

        assert operation in {xform_name(name, "-") for name in model.operation_names}
