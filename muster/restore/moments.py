"""Moments as people write them: `2026-11-21T10:02:07Z`, any offset, or `15m` for 15 minutes ago."""

from datetime import UTC, datetime

from common.command.durations import parse_duration

RULE = "a time with its offset such as 2026-11-21T10:02:07Z, or how long ago such as 15m"


def parse_moment(text: str, now_s: float) -> float:
    """Whole seconds since 1970: restores know no parts of a second. Raises ValueError.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
    """
    try:
        return float(int(now_s - parse_duration(text)))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not {RULE}") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC; it must be {RULE}")
    return float(int(moment.timestamp()))


def format_utc(epoch_s: float) -> str:
    """`2026-11-21T10:02:07Z`."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
