"""Names for resources that the program gives none, as Pulumi makes them.

logical name + "-" + seven hex digits of the engine's seed, or what the engine's autonaming
configuration proposes: https://www.pulumi.com/docs/concepts/resources/names/#autonaming
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

_DIGITS = 7


class NamingMode(StrEnum):
    """What the engine's autonaming configuration wants."""

    PROVIDER = "provider"
    """Nothing: names are made here."""
    PROPOSE = "propose"
    ENFORCE = "enforce"
    DISABLE = "disable"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamingRequest:
    """What the engine sends along with a check."""

    logical_name: str
    seed: bytes = b""
    """Equal seeds give equal names; empty: a random name."""
    mode: NamingMode = NamingMode.PROVIDER
    proposed: str = ""


class NameTooLong(ValueError):
    """The name would be longer than the type allows."""


def generate_name(naming: NamingRequest, longest: int) -> str | None:
    """A name of at most `longest` characters; None where naming is disabled. Raises TooLong."""
    if naming.mode is NamingMode.DISABLE:
        return None
    chosen = naming.proposed
    if naming.mode is NamingMode.PROVIDER:
        chosen = f"{naming.logical_name}-{_digits(naming.seed)}"
    if len(chosen) > longest:
        raise NameTooLong(
            f"the name '{chosen}' has {len(chosen)} characters, at most {longest} are allowed: "
            "give the resource a shorter logical name, or a name of its own"
        )
    return chosen


def _digits(seed: bytes) -> str:
    if not seed:
        return secrets.token_hex(_DIGITS)[:_DIGITS]
    return hashlib.sha256(seed).hexdigest()[:_DIGITS]
