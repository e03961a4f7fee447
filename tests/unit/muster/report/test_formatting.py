"""Clocks, lengths and numbers as a report writes them."""

from muster.report.formatting import (
    format_axis_number,
    format_axis_seconds,
    format_seconds,
)


def test_numbers_have_no_more_digits_than_they_need() -> None:
    assert [format_seconds(v) for v in (0, 0.0008, 0.048, 0.0999, 0.479, 1.2)] == [
        "0",
        "0.8 ms",
        "48 ms",
        "100 ms",
        "479 ms",
        "1.2 s",
    ]
    assert [format_axis_seconds(v) for v in (0.05, 2, 100, 1200, 7200, 36000)] == [
        "50 ms",
        "2 s",
        "100 s",
        "20 min",
        "120 min",
        "10 h",
    ]
    assert [format_axis_number(v) for v in (0, 2.5, 1200)] == ["0", "2.5", "1,200"]
