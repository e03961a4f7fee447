"""Generated names for resources without one, as Pulumi generates them.

logical name + "-" + seven hex digits of the engine's seed, or the name that the engine's autonaming
configuration proposes: https://www.pulumi.com/docs/concepts/resources/names/#autonaming
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

_DIGITS = 7


class NamingMode(StrEnum):
    """Mode of the Pulumi engine's autonaming configuration."""

    PROVIDER = "provider"
    """Not configured: the provider generates names."""
    PROPOSE = "propose"
    ENFORCE = "enforce"
    DISABLE = "disable"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingRequest:
    """Inputs of a generated name, as the engine sends them with a check."""

    logical_name: str
    seed: bytes = b""
    """Equal seeds give equal names; empty: a random name."""
    mode: NamingMode = NamingMode.PROVIDER
    proposed: str = ""


class NameTooLong(ValueError):
    """The generated name is longer than the type allows."""


def generate_name(naming: NamingRequest, longest: int) -> str | None:
    """A name of at most `longest` characters; None if autonaming is disabled.

    Raises NameTooLong.
    """
    if naming.mode is NamingMode.DISABLE:
        return None
    name = naming.proposed
    if naming.mode is NamingMode.PROVIDER:
        name = f"{naming.logical_name}-{_digits(naming.seed)}"
    if len(name) > longest:
        raise NameTooLong(
            f"the name '{name}' has {len(name)} characters, at most {longest} are allowed: "
            "give the resource a shorter logical name, or a name of its own"
        )
    return name


def _digits(seed: bytes) -> str:
    if not seed:
        return secrets.token_hex(_DIGITS)[:_DIGITS]
    return hashlib.sha256(seed).hexdigest()[:_DIGITS]
