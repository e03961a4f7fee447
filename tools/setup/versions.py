"""Versions as programs print them, and which of them are new enough. Pure."""

import re

Version = tuple[int, int, int]

OLDEST_PULUMI: Version = (3, 200, 0)
"""Older engines lack calls that the program's SDK makes."""
FIRST_SELF_UPDATING_GO: Version = (1, 21, 0)
"""From this version on, Go downloads the toolchain that a module requires:
https://go.dev/doc/toolchain"""


def parse_version(text: str) -> Version | None:
    """The first version in a text: `v3.259.0`, `go1.26`, `1.25.11-dev`."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        return None
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)


def format_version(version: Version) -> str:
    return ".".join(map(str, version))


def required_version(go_mod: str, module: str) -> str:
    """Version of a module that a go.mod requires, as written; KeyError if there is none."""
    match = re.search(rf"^(?:require )?\s*{re.escape(module)} (v\S+)", go_mod, re.MULTILINE)
    if match is None:
        raise KeyError(module)
    return match[1]


def required_go_version(go_mod: str) -> Version:
    """Version of Go in a go.mod; KeyError if there is none."""
    match = re.search(r"^go (\S+)", go_mod, re.MULTILINE)
    version = parse_version(match[1]) if match else None
    if version is None:
        raise KeyError("go")
    return version


def can_go_build(found: Version, toolchain: str, needed: Version) -> bool:
    """Whether this Go, with this GOTOOLCHAIN, can build a module that needs `needed`."""
    if found >= needed:
        return True
    return found >= FIRST_SELF_UPDATING_GO and toolchain not in ("local", "path")
