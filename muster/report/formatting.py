"""Numbers and moments as a report writes them: clocks, lengths, counts; a dash for None."""

from datetime import UTC, datetime

from muster.formatting import format_duration, format_precise_duration

DASH = "\N{EN DASH}"


def format_utc(epoch_s: float) -> str:
    """A time of day in UTC: `2026-11-21T10:02:07.123Z`."""
    at = datetime.fromtimestamp(epoch_s, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_length(length_s: float | None) -> str:
    """A measured length of time: `479 ms`, `14.1 s`."""
    return DASH if length_s is None else format_precise_duration(length_s)


def format_seconds(length_s: float | None) -> str:
    """A latency or lag: `0.8 ms`, `48 ms`, `1.2 s`; rounder than format_length from 1 s on."""
    if length_s is None:
        return DASH
    if length_s == 0:
        return "0"
    return format_precise_duration(length_s) if length_s < 1 else format_duration(length_s)


def format_axis_seconds(length_s: float) -> str:
    """A length of time on an axis, where room is short: `50 ms`, `100 s`, `20 min`, `3 h`."""
    if length_s < 1:
        return format_seconds(length_s)
    units = ((3600, "h"), (60, "min"))
    unit, name = next(((u, n) for u, n in units if length_s >= 10 * u), (1, "s"))
    return f"{length_s / unit:.3g} {name}"


def format_axis_number(value: float) -> str:
    """A number on an axis: `0`, `2.5`, `1,200`."""
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.3g}"


def format_count(value: int | None) -> str:
    """A number of things: `1,200`."""
    return DASH if value is None else f"{value:,}"
