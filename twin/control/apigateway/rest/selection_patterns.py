"""Which selection patterns are matched: those that no three-digit status can make slow.

Python's expressions try all ways to match. A group that is repeated, and repeats something itself,
has more ways than any time is enough for, and so have many groups behind one another.
"""

import re

_MAX_CHARACTERS = 128
_MAX_GROUPS = 3
_REPEATED_GROUP = re.compile(r"\((?:\?:)?([^()]*)\)[*+{?]")
_REPEAT = re.compile(r"[*+{?]|\|\||^\||\|$|^$")
"""A repetition, or an alternative that is empty."""


def is_quick_pattern(pattern: str) -> bool:
    """Whether a match of a status takes a short time, whatever the status is."""
    if len(pattern) > _MAX_CHARACTERS or pattern.count("(") > _MAX_GROUPS:
        return False
    if re.search(r"\)\)+[*+{?]", pattern):
        return False  # what is in the group is not looked at
    return not any(_REPEAT.search(group) for group in _REPEATED_GROUP.findall(pattern))


def matches_status(pattern: str, status: str) -> bool:
    """Whether the pattern fits the whole status."""
    return is_quick_pattern(pattern) and re.fullmatch(pattern, status) is not None
