"""Versions as programs print them, and which of them will do. Pure."""

import re

Version = tuple[int, int, int]

OLDEST_PULUMI: Version = (3, 200, 0)
"""Older ones do not know what the program's SDK asks of the engine."""
FIRST_SELF_UPDATING_GO: Version = (1, 21, 0)
"""From here on Go gets the toolchain that a module asks for: https://go.dev/doc/toolchain"""


def parse_version(text: str) -> Version | None:
    """The first version in a text: `v3.259.0`, `go1.26`, `1.25.11-dev`."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        return None
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)


def format_version(version: Version) -> str:
    """The version as text, `1.2.3`."""
    return ".".join(map(str, version))


def required_version(go_mod: str, module: str) -> str:
    """The version of a module that a go.mod requires, as written there; KeyError if it does not."""
    match = re.search(rf"^(?:require )?\s*{re.escape(module)} (v\S+)", go_mod, re.MULTILINE)
    if match is None:
        raise KeyError(module)
    return match[1]


def required_go_version(go_mod: str) -> Version:
    """The Go that a go.mod asks for; KeyError if it does not say."""
    match = re.search(r"^go (\S+)", go_mod, re.MULTILINE)
    version = parse_version(match[1]) if match else None
    if version is None:
        raise KeyError("go")
    return version


def can_go_build(found: Version, toolchain: str, needed: Version) -> bool:
    """Whether this Go can build a module that needs `needed`; `toolchain` is its GOTOOLCHAIN."""
    if found >= needed:
        return True
    return found >= FIRST_SELF_UPDATING_GO and toolchain not in ("local", "path")
