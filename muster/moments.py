"""Moments as people read them: by the clock on their wall, with how far away they are.

Pure: a moment and now in, text out; the time zone is the process's.
"""

import time

from muster import durations


def at(epoch_s: float, now: float) -> str:
    """`14:05:10 CET (in 9:40 min)`, with the date on another day. Both in seconds since 1970."""
    there, here = time.localtime(epoch_s), time.localtime(now)
    day = "" if there[:3] == here[:3] else "%Y-%m-%d "
    told = time.strftime(f"{day}%H:%M:%S %Z", there)
    return f"{told} (in {durations.words(max(0.0, epoch_s - now))})"
