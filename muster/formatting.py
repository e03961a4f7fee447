"""Durations, shares, dials and moments as text for people; muster.parsers has the other way."""

import time


def format_duration(length_s: float) -> str:
    """`0.25 s`, `42 s`, `9:40 min`, `2:05 h`."""
    if length_s < 10:
        return f"{round(length_s, 3):.2g} s"
    if length_s < 99.5:
        return f"{length_s:.0f} s"
    if length_s < 3595:
        whole = round(length_s)
        return f"{whole // 60}:{whole % 60:02} min"
    minutes = round(length_s / 60)
    return f"{minutes // 60}:{minutes % 60:02} h"


def format_precise_duration(length_s: float) -> str:
    """At most three digits: `0.8 ms`, `479 ms`, `14.1 s`; from 100 s as `format_duration`."""
    if length_s == 0:
        return "0 s"
    if length_s < 0.01:
        return f"{length_s * 1000:.2g} ms"
    if length_s < 0.9995:
        return f"{length_s * 1000:.0f} ms"
    return f"{length_s:.3g} s" if length_s < 99.95 else format_duration(length_s)


def format_dial(percent: float) -> str:
    """A dial's percentage: `25 %`, `0.1 %`."""
    return f"{percent:.4g} %"


def format_percent(share: float, digits: int = 2) -> str:
    """A share (0 to 1) with at most `digits` decimals: `99.97 %`, `< 0.01 %`, `> 99.99 %`.

    Only nothing is `0 %`, and only all is `100 %`.
    """
    text = f"{share * 100:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if digits else text
    least = 10.0**-digits
    if text == "0" and share > 0:
        return f"< {least:g} %"
    if text == "100" and share < 1:
        return f"> {100 - least:g} %"
    return f"{text} %"


def format_percent_above(share: float, limit: float) -> str:
    """A share above a limit, with enough decimals to differ from the limit."""
    digits = 2
    while digits < 12 and format_percent(share, digits) == format_percent(limit, digits):
        digits += 1
    return format_percent(share, digits)


def format_clock(second: float) -> str:
    """A second of the run: `1:05`, `1:02:03`, and `0:07.5` where it is not whole."""
    sign, tenths = ("-", -second) if second < 0 else ("", second)
    tenths = round(tenths * 10)
    whole, rest = divmod(tenths, 10)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{rest}" if rest else ""
    if hours:
        return f"{sign}{hours}:{minutes:02}:{seconds:02}{part}"
    return f"{sign}{minutes}:{seconds:02}{part}"


def format_clock_time(epoch_s: float) -> str:
    """`14:05:10 UTC`, of seconds since 1970."""
    return time.strftime("%H:%M:%S UTC", time.gmtime(epoch_s))


def format_moment(epoch_s: float, now: float) -> str:
    """`14:05:10 CET (in 9:40 min)`, with the date on another day. Both in seconds since 1970."""
    moment, today = time.localtime(epoch_s), time.localtime(now)
    date = "" if moment[:3] == today[:3] else "%Y-%m-%d "
    text = time.strftime(f"{date}%H:%M:%S %Z", moment)
    return f"{text} (in {format_duration(max(0.0, epoch_s - now))})"
