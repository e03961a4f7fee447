"""Gives freed memory back to the operating system.

The C library keeps what a flood of requests has taken and left, because small blocks lie between.
https://man7.org/linux/man-pages/man3/malloc_trim.3.html
"""

import asyncio
import ctypes

PAUSE_S = 1.0
"""How long after a flood; by then its tasks have ended and left their buffers."""


def give_back_later() -> None:
    """Give back what is free in PAUSE_S; call it in an event loop."""
    asyncio.get_running_loop().call_later(PAUSE_S, give_back)


def give_back() -> None:
    """Give back what is free now, in some milliseconds; a C library without this does it itself."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
