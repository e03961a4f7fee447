"""The checks of a deployed stack: from readings to findings."""

from dataclasses import replace

import pytest

from muster.doctor.model import Unread
from muster.drill.run.lease import LeaseStatus
from muster.model import ActiveFault, DnsRecordView, SwitchSetting
from tests.unit.muster.doctor.builders import bad
from tests.unit.muster.sample_stack import OREGON, make_stack
from tests.unit.muster.system.test_diagnostics import make_view

OK_ALARM = {"us-west-2:errors": "OK"}
KILL = ActiveFault(kind="region-kill", region=OREGON)


@pytest.mark.parametrize(
    ("changes", "verdict", "words", "todo"),
    [
        ({"stack": Unread("no file")}, "wrong", "no outputs of a stack: no file", "--deployment"),
        (
            {"stack": Unread("-"), "deploys": True},
            "note",
            "this is about a first deployment",
            "",
        ),
        (
            {"stack": replace(make_stack(), kept_age_s=7200.0, notice="old")},
            "note",
            "kept ones of 2:00 h ago are used",
            "look at the backend",
        ),
        (
            {"stack": replace(make_stack(), notice="could not be kept")},
            "wrong",
            "could not be kept",
            "writable",
        ),
        ({"view": Unread("no answer")}, "unknown", "no answer", "account"),
        (
            {"lease": LeaseStatus(state="held", words="A by ann", way_out="wait")},
            "wrong",
            "a drill is under way: A by ann",
            "wait",
        ),
        (
            {"lease": LeaseStatus(state="unfinished", words="A", way_out="roll it back")},
            "wrong",
            "a drill has left its lease: A",
            "roll it back",
        ),
        ({"lease": LeaseStatus(state="unknown", words="(x)")}, "unknown", "(x)", "GetItem"),
    ],
)
def test_what_stands_in_the_way_is_found(
    changes: dict[str, object], verdict: str, words: str, todo: str
) -> None:
    findings = bad(**changes)

    assert [finding.verdict for finding in findings] == [verdict]
    assert words in findings[0].what
    assert todo in findings[0].todo


@pytest.mark.parametrize(
    ("oregon", "view", "words", "todo"),
    [
        ({}, {"outdated": ("us-east-1 is new",)}, "us-east-1 is new", "make up"),
        ({}, {"accelerator_enabled": False}, "the accelerator is off", "enable"),
        ({}, {"accelerator_status": "IN_PROGRESS"}, "is under way", "DEPLOYED"),
        ({"endpoint": "UNHEALTHY"}, {}, "its load balancer as UNHEALTHY", "repair"),
        ({"target": "unhealthy"}, {}, "the function as unhealthy", "repair"),
        ({"dial": 50.0}, {}, "the dial is at 50 %, declared 100 %", "`muster dial us-west-2 100`"),
        (
            {"switch": SwitchSetting(status="fail", by="ann")},
            {},
            "health switch at fail, by ann",
            "`muster health us-west-2 auto`",
        ),
        (
            {},
            {"dns": {OREGON: DnsRecordView(region=OREGON, inverted=True)}},
            "is inverted",
            "`muster dns invert us-west-2 off`",
        ),
        ({}, {"faults": (KILL,)}, "region-kill of us-west-2", "fault clear region-kill us-west-2"),
        ({}, {"alarms": {"us-west-2:errors": "ALARM"}}, "is in ALARM", "see why"),
        ({}, {"alarms": {"us-west-2:errors": "INSUFFICIENT_DATA"}}, "has no data", "holds"),
        (
            {},
            {
                "alarms": {"us-west-2:errors": None},
                "problems": ("us-west-2: alarm errors could not be read: there is no such alarm",),
            },
            "there is no us-west-2:errors",
            "declare",
        ),
    ],
)
def test_what_the_view_shows_is_wrong_and_names_the_way_back(
    oregon: dict[str, object], view: dict[str, object], words: str, todo: str
) -> None:
    shown = make_view(oregon, **{"alarms": OK_ALARM, "faults": (), **view})

    findings = bad(view=shown)

    assert [finding.verdict for finding in findings] == ["wrong"]
    assert words in findings[0].what
    assert todo in findings[0].todo


def test_what_a_running_drill_may_have_changed_is_put_back_after_it() -> None:
    shown = make_view({"dial": 50.0}, alarms=OK_ALARM, faults=())
    lease = LeaseStatus(state="held", words="A by ann", way_out="wait")

    todos = {finding.check: finding.todo for finding in bad(view=shown, lease=lease)}

    assert todos["dials"] == "after the drill that is under way: `muster dial us-west-2 100`"


def test_what_could_not_be_read_is_never_called_good() -> None:
    shown = make_view(alarms=OK_ALARM, problems=("us-west-2: metrics could not be read",))

    findings = bad(view=shown)

    assert [(finding.check, finding.verdict) for finding in findings] == [("readings", "unknown")]


def test_a_stack_whose_alarms_nobody_named_is_noted() -> None:
    findings = bad(view=make_view(faults=()))

    assert [(finding.check, finding.verdict) for finding in findings] == [("alarms", "note")]
