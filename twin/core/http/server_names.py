"""What a server has for a name that a client asks for: a certificate (SNI), a custom domain.

A name is exact, or its first label is `*`, which stands for one whole label.
https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate.html
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from twin.topology.model import Certificate

T = TypeVar("T")


def index_names(certificates: Iterable[Certificate]) -> dict[str, Certificate]:
    """Name -> the first of the certificates that has it."""
    found: dict[str, Certificate] = {}
    for certificate in certificates:
        for name in certificate.names:
            found.setdefault(name, certificate)
    return found


def find_by_name(by_name: Mapping[str, T], requested: str) -> T | None:
    """What is there for a requested name: by the exact name, else by a wildcard, else None."""
    name = requested.lower().removesuffix(".")
    exact = by_name.get(name)
    if exact is not None:
        return exact
    label, dot, parent = name.partition(".")
    return by_name.get(f"*.{parent}") if label and dot else None


def matches_name(pattern: str, name: str) -> bool:
    """Whether a certificate's name covers a host name."""
    if pattern == name:
        return True
    label, dot, parent = name.partition(".")
    return bool(label and dot) and pattern == f"*.{parent}"
