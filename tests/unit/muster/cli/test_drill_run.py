"""The summary that is printed after a run."""

from muster.cli.drill_run import summary_rows


def test_failed_requests_are_shown_with_share_and_cohort() -> None:
    failures = {"new": {}, "keepalive": {"busy": 12, "reset": 4}, "write-read": {"status 503": 1}}
    result = {"requests": 24000, "failed": 17, "summary": {"failures": failures}}

    rows = dict(summary_rows(result))

    assert rows["requests"] == (
        "24000, 17 failed (0.07 %): keepalive 12 x busy, keepalive 4 x reset,"
        " write-read 1 x status 503"
    )


def test_a_run_without_failures_shows_no_kinds() -> None:
    result = {"requests": 400, "failed": 0, "rto_s": 0.0, "summary": {"failures": {"new": {}}}}

    assert summary_rows(result) == [
        ("RTO", "0.00 s"),
        ("RPO", "not measured"),
        ("requests", "400, 0 failed"),
    ]


def test_each_surviving_region_has_its_own_recovery_point() -> None:
    regions = [{"region": "a", "rpo_s": 1.5, "missing_items": 2}, {"region": "b"}]
    result = {
        "rpo_s": 1.5,
        "rpo_items": 2,
        "summary": {"recovery": {"regions": regions}},
        "doubts": ["b was mute"],
    }

    assert summary_rows(result)[1:] == [
        ("RPO", "1.50 s, 2 items"),
        ("", "in a 1.50 s, 2 items"),
        ("", "in b not measured"),
        ("requests", "0, 0 failed"),
        ("doubt", "b was mute"),
    ]
