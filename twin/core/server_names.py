"""Which certificate a server presents to a client that asks for a name (SNI).

A certificate's name is exact, or its first label is `*`, which stands for one whole label.
https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate.html
"""

from collections.abc import Iterable, Mapping

from twin.topology.model import Certificate


def index_names(certificates: Iterable[Certificate]) -> dict[str, Certificate]:
    """Name -> the first of the certificates that has it."""
    found: dict[str, Certificate] = {}
    for certificate in certificates:
        for name in certificate.names:
            found.setdefault(name, certificate)
    return found


def find_certificate(by_name: Mapping[str, Certificate], requested: str) -> Certificate | None:
    """The certificate for a requested name: an exact one, else a wildcard, else None."""
    name = requested.lower().removesuffix(".")
    exact = by_name.get(name)
    if exact is not None:
        return exact
    _, dot, parent = name.partition(".")
    return by_name.get(f"*.{parent}") if dot else None


def matches_name(pattern: str, name: str) -> bool:
    """Whether a certificate's name covers a host name."""
    if pattern == name:
        return True
    label, dot, parent = name.partition(".")
    return bool(label and dot) and pattern == f"*.{parent}"
