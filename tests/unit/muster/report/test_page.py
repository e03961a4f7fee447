"""The page: well-formed, self-contained, escaped, and the same each time."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, get_type_hints

import pytest

from muster.drill.journal.events import NoteAdded
from muster.report.build import build_report
from muster.report.charts.figures import REGION_FILLS
from muster.report.page import TEMPLATES, render_markdown, render_page
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.report.sample_runs import (
    RUNS,
    evacuation,
    interrupted_evacuation,
    refused_evacuation,
    region_loss,
    three_region_loss,
    with_late_samples,
)
from tests.unit.muster.report.staged_run import play_drill, staged_records

HOSTILE = "<script>alert('x')</script>\"&\x00\x1b"
LIMIT = 1_000_000


class CheckedPage(HTMLParser):
    """Parses a page; fails where an element is not closed, or is closed twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.headings: list[int] = []
        self.scripts = 0
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), f"{tag} has an attribute twice"
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.references += [
            value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "action")
        ]
        self.scripts += tag == "script"
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in ("link", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"{tag} was never opened"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(records: RunRecords) -> str:
    return render_page(build_report(records))


def parsed(text: str) -> CheckedPage:
    parser = CheckedPage()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("make", RUNS)
def test_a_page_is_well_formed_and_needs_nothing_else(make: Callable[[], RunRecords]) -> None:
    text = page_of(make())

    found = parsed(text)
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert len(found.ids) == len(set(found.ids))
    assert all(link.startswith("#") and link[1:] in found.ids for link in found.references)
    assert "url(" not in re.sub(r"url\(#[a-z0-9-]+\)", "", text)
    assert "@import" not in text
    assert found.scripts == 1


@pytest.mark.parametrize("make", RUNS)
def test_headings_are_in_order(make: Callable[[], RunRecords]) -> None:
    headings = parsed(page_of(make())).headings

    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))


@pytest.mark.parametrize("make", RUNS)
def test_every_reference_to_a_pattern_has_one(make: Callable[[], RunRecords]) -> None:
    text = page_of(make())

    used = set(re.findall(r"url\(#([a-z0-9-]+)\)", text))
    assert used <= set(parsed(text).ids)


@pytest.mark.parametrize("make", RUNS)
def test_a_page_is_the_same_each_time_and_light(make: Callable[[], RunRecords]) -> None:
    first, second = (page_of(make()) for _ in range(2))

    assert first == second
    assert len(first.encode()) < LIMIT


@pytest.mark.parametrize("make", [evacuation, region_loss])
def test_a_page_of_numbers_in_doubt_calls_no_target_met_or_missed(
    make: Callable[[], RunRecords],
) -> None:
    text = page_of(with_late_samples(make()))

    assert '<section class="verdict tone-care"' in text
    targets = re.findall(r'<span class="tag ([a-z]+)">([^<]+)</span>', section_of(text, "targets"))
    assert targets
    assert set(targets) == {("care", "not reliable")}
    assert not re.search(r": met|: missed|to spare|✓|✗|Targets (met|missed)", text)


def section_of(page: str, name: str) -> str:
    """The section with this heading."""
    _, _, rest = page.partition(f'<section aria-labelledby="{name}"')
    section, end, _ = rest.partition("</section>")
    assert end
    return section


def test_hostile_text_in_a_plan_and_a_journal_is_escaped() -> None:
    plan = build_plan("region-loss")
    step = replace(plan.steps[0], activity=HOSTILE)
    hostile = replace(
        plan,
        title=HOSTILE,
        why=HOSTILE,
        parameters={HOSTILE: HOSTILE},
        watch=(HOSTILE,),
        notes=(HOSTILE,),
        steps=(step, *plan.steps[1:]),
        hypothesis_title=HOSTILE,
    )
    run = play_drill(hostile)
    run.record(NoteAdded(words=HOSTILE))
    records = replace(staged_records(run), name=HOSTILE, remarks=(HOSTILE,))

    text = render_page(build_report(records))

    assert parsed(text).scripts == 1
    assert "<script>alert" not in text
    assert "\x00" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize("make", RUNS)
def test_hostile_text_in_any_field_of_a_report_is_escaped(make: Callable[[], RunRecords]) -> None:
    report = build_report(make())
    missing = dict.fromkeys(report.missing, HOSTILE)  # by names of the tool's own

    page = render_page(replace(_with_hostile_texts(report), missing=missing))

    assert parsed(page).scripts == 1
    assert "<script>alert" not in page
    assert "\x00" not in page
    assert "\x1b" not in page
    assert page.count("&lt;script&gt;alert") > 100


def _with_hostile_texts(value: Any, hint: object = None) -> Any:  # noqa: ANN401 - any field
    """The value with HOSTILE before every text in it but those of a Literal, and before keys."""
    if type(value) is str and "Literal" not in str(hint):
        return HOSTILE + value
    if is_dataclass(value) and not isinstance(value, type):
        hints = get_type_hints(type(value))
        return replace(
            value,
            **{
                f.name: _with_hostile_texts(getattr(value, f.name), hints[f.name])
                for f in fields(value)
            },
        )
    if isinstance(value, Mapping):
        return {_with_hostile_texts(k): _with_hostile_texts(v, hint) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(_with_hostile_texts(member, hint) for member in value)
    return value


def test_the_verdict_comes_first() -> None:
    text = page_of(region_loss())

    assert text.index("Targets missed</h2>") < text.index("Timeline and charts</h2>")
    assert text.index("missed by 4.13 s") < text.index("<figure")
    assert text.index("can be trusted") < text.index("<figure")


def test_the_header_names_the_region() -> None:
    text = page_of(region_loss())

    assert f"<li>Region <b>{AWAY}</b></li>" in text
    without_region = staged_records(play_drill(build_plan("control-plane-loss")))
    assert "<li>Region <b>" not in page_of(without_region)


@pytest.mark.parametrize("make", RUNS)
def test_there_are_as_many_key_metrics_as_the_style_sheet_fills_rows_with(
    make: Callable[[], RunRecords],
) -> None:
    """Three or seven have rules of their own; four fill a row of twelve columns, or two of two."""
    text = page_of(make())

    (count,) = re.findall(r'<dl class="tiles of-(\d)">', text)
    assert text.count("<dt>") == int(count)
    assert count == "4" or f".of-{count} div" in (TEMPLATES / "style.css").read_text()
    assert count in "347"


def test_an_outage_has_its_times() -> None:
    text = page_of(region_loss())

    (row,) = re.findall(r'<tr><th scope="row">Portland</th>.{,400}beginning and end', text)
    assert re.search(r'data-label="From">0:\d\d\.\d</td>.*data-label="To">0:\d\d', row)


def test_the_commands_that_finish_an_interrupted_run_are_shown_as_code() -> None:
    report = build_report(interrupted_evacuation())

    assert f"<code>muster drill rollback {report.run}</code>" in render_page(report)


def test_every_chart_has_a_table_of_the_same_data() -> None:
    text = page_of(region_loss())

    figures = re.findall(r"<figure>.*?</figure>", text, re.DOTALL)
    drawn = [figure for figure in figures if 'class="chart' in figure]
    assert len(drawn) == 9
    assert all("<details>" in figure and "<table" in figure for figure in drawn)


def test_a_page_without_samples_says_why_there_are_no_charts() -> None:
    text = page_of(refused_evacuation())

    assert "No figures: nothing was probed." in text
    assert "There are no numbers: nothing was probed." in text


def test_definitions_keep_their_emphasis() -> None:
    shown = render_markdown("the **RTO** is `a<b`, see [there](https://example.com)")

    assert shown == "the <strong>RTO</strong> is <code>a&lt;b</code>, see there"


def test_several_surviving_regions_have_a_row_each() -> None:
    """One alone needs no table: its numbers are the run's."""
    caption = "Recovery point by surviving Region"

    assert caption in parsed(page_of(three_region_loss())).texts
    assert caption not in parsed(page_of(region_loss())).texts


def test_eight_regions_look_different_in_light_dark_and_print() -> None:
    names = range(REGION_FILLS)
    style = (TEMPLATES / "style.css").read_text()
    page = page_of(refused_evacuation())

    for number in names:
        assert f".l{number} {{" in style
        assert f".r{number} {{ fill: url(#p-r{number})" in style
        assert page.count(f'id="p-r{number}"') == 1
    for palette in re.findall(r"--r0: [^}]*", style):
        assert len(set(re.findall(r"--r\d: (#\w+)", palette))) == REGION_FILLS
    assert len(re.findall(r"--r0: ", style)) == 3


def test_a_long_value_of_a_number_wraps_and_leaves_its_definition_room() -> None:
    page = render_page(build_report(region_loss()))
    style = (TEMPLATES / "style.css").read_text()

    (homes,) = re.findall(r'<td class="([^"]+)"[^>]*>[^<]*</td>\s*<td class="def"', page)[:1]
    assert homes == "num long"
    assert "td.num.long { white-space: normal;" in style
