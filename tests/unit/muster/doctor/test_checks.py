"""The checks of caller, machine and quotas: from readings to findings."""

from dataclasses import replace

import pytest

from muster.doctor.checks import CHECKS
from muster.doctor.model import ConcurrencyReading, PlaceReading, Unread
from muster.drill.notify.destination_checks import DestinationCheck
from tests.unit.muster.doctor.builders import ALLOWED, CALLER, QUOTA, bad, find
from tests.unit.muster.sample_stack import OREGON
from tests.unit.muster.system.test_diagnostics import NOW

SILENT = Unread("no answer")


def test_a_healthy_system_has_one_good_finding_or_more_of_most_checks() -> None:
    findings = find()

    assert {finding.verdict for finding in findings} == {"ok"}
    assert len({finding.check for finding in findings}) == len(CHECKS) - 3


def test_each_destination_of_notices_is_named() -> None:
    good = DestinationCheck(name="webhook 1 (https://a.example.com)")
    bad_one = DestinationCheck(name="webhook 2 (https://b.example.com)", problem="x", todo="y")

    findings = find(destinations=(good, bad_one))

    notices = [one for one in findings if one.check == "notices"]
    assert [(one.verdict, one.todo) for one in notices] == [("ok", ""), ("wrong", "y")]
    assert "webhook 1 (https://a.example.com) is well-formed" in notices[0].what


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({"caller": Unread("no AWS credentials")}, "unknown", "no AWS credentials"),
        (
            {"caller": replace(CALLER, temporary=True, ends_epoch_s=NOW + 600)},
            "wrong",
            "they end in 10:00 min",
        ),
        ({"caller": replace(CALLER, temporary=True)}, "note", "their end is not known"),
        ({"caller": replace(CALLER, account="999999999999")}, "wrong", "of account 999999999999"),
        ({"caller": replace(CALLER, clock_ahead_s=-90.0)}, "wrong", "clock is 90 s behind AWS's"),
        ({"caller": replace(CALLER, clock_ahead_s=11.0)}, "wrong", "clock is 11 s ahead of AWS's"),
        ({"caller": replace(CALLER, clock_ahead_s=None)}, "unknown", "has no time"),
        (
            {"concurrency": (ConcurrencyReading(region=OREGON, limit=10, unreserved=10),)},
            "wrong",
            "us-west-2: Lambda may run 10 at once, 10 of them unreserved: too few",
        ),
        ({"concurrency": (SILENT,)}, "unknown", "no answer"),
        (
            {
                "concurrency": (ConcurrencyReading(region=OREGON, limit=250, unreserved=250),),
                "reserves": 200,
            },
            "wrong",
            "and the stack reserves 200: Lambda must be left 100",
        ),
        (
            {"quotas": (replace(QUOTA, used=5.0, needs=1.0),)},
            "wrong",
            "us-west-2: VPCs per Region: 5 of 5 are used, and the stack needs 1",
        ),
        ({"quotas": (replace(QUOTA, limit=SILENT),)}, "unknown", "VPCs per Region: no answer"),
        ({"quotas": (replace(QUOTA, used=SILENT),)}, "unknown", "VPCs per Region: no answer"),
        (
            {"permissions": (ALLOWED, replace(ALLOWED, allowed=False))},
            "wrong",
            "a:B on * is not allowed: no `dial`",
        ),
        ({"permissions": SILENT}, "unknown", "no answer"),
        (
            {"places": (PlaceReading(name="x", source="192.0.2.1", error="not here"),) * 2},
            "wrong",
            "can't send from x (192.0.2.1): not here",
        ),
        ({"places": SILENT}, "unknown", "no answer"),
        (
            {"places": (PlaceReading(name="here", source="", error=""),)},
            "note",
            "one vantage point",
        ),
        ({"late_share": 0.05}, "wrong", "5 % of short sleeps end more than 10 ms late"),
    ],
)
def test_what_is_not_as_it_should_be_is_found_and_says_what_to_do(
    changes: dict[str, object], verdict: str, words: str
) -> None:
    findings = bad(**changes)

    assert findings
    assert all(finding.verdict == verdict for finding in findings)
    assert words in findings[0].what
    assert findings[0].todo


def test_a_full_quota_is_no_matter_once_the_stack_is_deployed() -> None:
    assert bad(quotas=(replace(QUOTA, used=5.0),)) == []


def test_a_twin_has_no_quotas_and_no_simulator() -> None:
    findings = bad(target="twin", quotas=(), permissions=SILENT)

    assert [(finding.check, finding.verdict) for finding in findings] == [
        ("quotas", "note"),
        ("permissions", "note"),
    ]
