"""Access keys of twins. Each names its twin, so that a shell set up for one can't act on another.

They are no secrets and no proof: they only tell whom a caller means. The character after the prefix
is none that AWS's own keys have, which consist of A to Z and 2 to 7:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

import base64
import hashlib
import re
from pathlib import Path

UNSET_KEY = "AKIATWIN-SET-BY-WRAPPER"
"""Stands in stack files for the key of the twin that they will be used with; no twin accepts it."""
ANY_SECRET = "test"  # noqa: S105
"""A secret for a twin that does not check signatures; one that does has one of its own."""
_PREFIX = re.compile(r"A[KS]IATWIN[^A-Z2-7]")
_PREFIX_LENGTH = len("AKIATWIN")
_DIGEST_LENGTH = 10


def make_access_key(home: Path, number: int) -> str:
    """The key of the twin with this folder and instance number, always the same."""
    digest = hashlib.sha256(str(home).encode()).digest()
    name = base64.b32encode(digest).decode()[:_DIGEST_LENGTH]
    return f"AKIATWIN{number:02}{name}"


def to_temporary_key(key: str) -> str:
    """The twin's key in the form that temporary credentials have."""
    return "ASIA" + key.removeprefix("AKIA")


def is_twin_key(key: str) -> bool:
    """Whether the key names a twin."""
    return _PREFIX.match(key) is not None


def is_other_twins_key(key: str, own: str) -> bool:
    """Whether the key names a twin other than the one whose key is `own`."""
    return is_twin_key(key) and key[_PREFIX_LENGTH:] != own[_PREFIX_LENGTH:]


def describe_twin_key(key: str) -> str:
    """Which twin a twin's key names."""
    number = key[_PREFIX_LENGTH : _PREFIX_LENGTH + 2]
    return f"a twin of number {int(number)}" if number.isdecimal() else "no twin in particular"
