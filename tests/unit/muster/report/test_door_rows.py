"""The front doors side by side, at the top of a report."""

from dataclasses import replace

from muster.measure.doors import ClientSummary, DoorSummary
from muster.measure.samples import Cohort
from muster.report.build import build_report
from muster.report.door_rows import DOOR_COLUMNS, compare_doors, door_rows
from muster.report.formatting import DASH
from muster.report.model import DrillReport
from muster.report.page import render_page
from tests.unit.muster.report.sample_runs import region_loss


def make_client(cohort: Cohort, rto_s: float, **more: object) -> ClientSummary:
    plain = ClientSummary(
        cohort=cohort,
        requests=1000,
        failed=round(rto_s * 10),
        rto_s=rto_s,
        ended=True,
        left_s=None,
        stayed=False,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # free-form fields of a test


def make_report(accelerator_s: float, dns_s: float, *others: ClientSummary) -> DrillReport:
    """The report of a loss with both doors."""
    report = build_report(region_loss())
    assert report.summary is not None
    doors = (
        DoorSummary(door="accelerator", clients=(make_client(Cohort.NEW, accelerator_s),)),
        DoorSummary(door="dns", clients=(make_client(Cohort.DNS_TTL, dns_s), *others)),
    )
    return replace(report, summary=replace(report.summary, doors=doors))


def test_the_sentence_says_how_many_times_as_long_the_slower_door_took() -> None:
    assert compare_doors(make_report(12.0, 60.0)) == (
        "New connections: out for 12 s through the accelerator, out for 60 s through DNS;"
        " DNS took 5 times as long."
    )
    assert "the accelerator took 2 times as long" in compare_doors(make_report(20.0, 10.0))


def test_outages_that_are_nearly_alike_are_called_about_as_long() -> None:
    assert compare_doors(make_report(3.68, 3.63)) == (
        "New connections: out for 3.68 s through the accelerator, out for 3.63 s through DNS:"
        " about as long."
    )


def test_a_door_without_an_outage_is_named() -> None:
    assert "never out through DNS" in compare_doors(make_report(12.0, 0.0))
    assert compare_doors(make_report(0.0, 0.0)).startswith("At neither door")


def test_one_door_alone_has_neither_sentence_nor_table() -> None:
    report = build_report(region_loss())

    assert compare_doors(report) == ""
    assert list(door_rows(report)) == []
    assert 'id="doors"' not in render_page(report)


def test_a_row_for_each_kind_of_client() -> None:
    jvm = make_client(Cohort.DNS_JVM, 95.0, ended=False)
    pool = make_client(Cohort.DNS_POOL, 0.0, left_s=90.0, stayed=True)
    firefox = make_client(Cohort.DNS_FIREFOX, 0.0, left_s=42.0)
    chrome = make_client(Cohort.DNS_CHROME, 3.0, ended=False, seen_end=False)

    rows = list(door_rows(make_report(12.0, 60.0, jvm, pool, firefox, chrome)))

    assert rows[0] == ["new connections", "Accelerator", "12 s", "88 %", "120", DASH]
    assert rows[2][:3] == ["never asks again (some JVMs)", "DNS", "95 s, until the Region was back"]
    assert rows[3][2:] == ["no outage", "100 %", "0", "stayed to the end"]
    assert rows[4][-1] == "after 42 s"
    assert rows[5][2] == "at least 3 s: its end was not seen"


def test_the_headings_of_the_rows_tell_them_apart() -> None:
    every = [
        make_client(one, 1.0) for one in Cohort if one.door == "dns" and one is not Cohort.DNS_TTL
    ]

    headings = [row[0] for row in door_rows(make_report(12.0, 60.0, *every))]

    assert len(headings) == 2 + len(every) > 5
    assert len(set(headings)) == len(headings)
    assert next(iter(DOOR_COLUMNS)) == "Kind of client"


def test_the_table_is_on_the_first_screen() -> None:
    page = render_page(make_report(12.0, 60.0))

    assert page.index('id="doors"') < page.index('class="tiles')
    assert "DNS took 5 times as long" in page
