"""A Region's health in a word, and the colour of that word. Pure.

Two observers have an opinion: the load balancer of its target, the accelerator of its endpoint. A
Region counts as healthy when both are known to say so. With the DNS door, Route 53's health check
decides.
"""

from collections.abc import Mapping

from muster.model import DnsRecordView, FrontDoor, RegionView
from muster.terminal import BAD, GOOD, WARNING

STYLES: Mapping[str, str] = {"healthy": GOOD, "unhealthy": BAD}
"""Other words, such as initial and draining, say that one has to wait."""
_URGENCY = (BAD, WARNING, GOOD)
UNKNOWN = "?"


def health_cell(seen: RegionView | None, *, short: bool = False) -> tuple[str, str]:
    """Word and colour; where the observers differ, the worse one's word with its name.

    `short`: without the name, and with a question mark where only one is known, and well.
    """
    opinions = {
        "endpoint": (seen.endpoint or UNKNOWN).lower() if seen else UNKNOWN,
        "target": (seen.target or UNKNOWN) if seen else UNKNOWN,
    }
    words = set(opinions.values())
    if len(words) == 1:
        word = words.pop()
        return word, STYLES.get(word, WARNING)
    known = {name: word for name, word in opinions.items() if word != UNKNOWN}
    name, word = min(known.items(), key=lambda one: _URGENCY.index(STYLES.get(one[1], WARNING)))
    style = STYLES.get(word, WARNING)
    unsure = style == GOOD and len(known) < len(opinions)
    shortened = f"{word} {UNKNOWN}" if unsure else word
    return shortened if short else f"{name} {word}", WARNING if unsure else style


def record_cell(seen: DnsRecordView | None) -> tuple[str, str]:
    """Word and colour of a Region's record at the DNS door."""
    if seen is None or seen.healthy is None:
        return UNKNOWN, WARNING
    word = "healthy" if seen.healthy else "unhealthy"
    return word, STYLES[word]


def switch_cell(seen: RegionView | None) -> tuple[str, str]:
    """Word and colour of a Region's health switch; `auto` is as usual, and has no colour."""
    if seen is None or seen.switch is None:
        return UNKNOWN, WARNING
    status = seen.switch.status
    return status, {"auto": "", "fail": BAD, "pass": WARNING}[status]


def door_health_cell(
    door: FrontDoor, seen: RegionView | None, record: DnsRecordView | None, *, short: bool = False
) -> tuple[str, str]:
    """Health as the door decides by."""
    return record_cell(record) if door == "dns" else health_cell(seen, short=short)
