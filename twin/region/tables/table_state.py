"""What a Region knows of a table besides its items: identity, stamps, members, settings' stamps.

A table's shared settings and the members of its global table are registers: named values with a
stamp each, replicated and decided like items. So two Regions that change different settings at the
same time keep both changes.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from twin.core.replication import Stamp, VersionStamps
from twin.core.table_engine import Image, JsonObject

MEMBER_PREFIX = "member:"
"""Registers of this prefix hold a Region's membership."""

WireVersion = dict[str, Any]
"""A version as Regions send it and the log keeps it:

    t, g   table's name and identity         s   [time_us, region]
    k, i   an item's key and image (null: deleted), or
    r, v   a register's name and value
"""


class ReplicaStatus(StrEnum):
    """ReplicaStatus, as far as the twin uses it.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html
    """

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    DELETING = "DELETING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A Region's part in a global table."""

    status: ReplicaStatus
    source: str
    """The Region whose UpdateTable made it a member; it brings the creation to its end."""
    since_s: float
    """Seconds since 1970."""
    made: bool
    """Whether the table is known to exist there, so that writes can be sent."""
    overrides: JsonObject = field(default_factory=dict)
    """What ReplicaUpdates set for this replica alone, as AWS names it; told, without effect."""

    def to_json(self) -> JsonObject:
        """As a register's value."""
        return {
            "status": str(self.status),
            "source": self.source,
            "since": self.since_s,
            "made": self.made,
            "overrides": self.overrides,
        }

    @staticmethod
    def from_json(value: JsonObject) -> "Membership":
        """From a register's value."""
        return Membership(
            status=ReplicaStatus(value["status"]),
            source=value["source"],
            since_s=value["since"],
            made=value["made"],
            overrides=value["overrides"],
        )


@dataclass(frozen=True, slots=True)
class Register:
    """A named value and when it was set."""

    stamp: Stamp
    value: Any


@dataclass(slots=True)
class TableState:
    """One table in this Region."""

    name: str
    id: str
    """The same in all replicas; another table of the same name has another."""
    region: str
    key_names: tuple[str, ...]
    versions: VersionStamps = field(default_factory=VersionStamps)
    registers: dict[str, Register] = field(default_factory=dict)
    local: JsonObject = field(default_factory=dict)
    """This replica's own settings, as last logged."""
    members: dict[str, Membership] = field(default_factory=dict)
    """From the registers; this Region among them once the table is global."""
    peers: tuple[str, ...] = ()
    """Other Regions that get this table's writes."""

    def set_register(self, name: str, register: Register) -> None:
        """Keep the value, and what follows from it."""
        self.registers[name] = register
        if not name.startswith(MEMBER_PREFIX):
            return
        region = name.removeprefix(MEMBER_PREFIX)
        self.members.pop(region, None)
        if register.value is not None:
            self.members[region] = Membership.from_json(register.value)
        self.peers = tuple(
            sorted(r for r, member in self.members.items() if member.made and r != self.region)
        )

    @property
    def others(self) -> dict[str, Membership]:
        """The other members, by Region."""
        return {region: m for region, m in sorted(self.members.items()) if region != self.region}

    @property
    def creating(self) -> bool:
        """Whether this replica is not ready yet."""
        own = self.members.get(self.region)
        return own is not None and own.status is ReplicaStatus.CREATING

    def register_wires(self) -> list[WireVersion]:
        """All registers."""
        return [self.register_wire(name) for name in sorted(self.registers)]

    def register_wire(self, name: str) -> WireVersion:
        """One register as it is sent."""
        register = self.registers[name]
        return {
            "t": self.name,
            "g": self.id,
            "r": name,
            "v": register.value,
            "s": list(register.stamp),
        }

    def item_wire(self, item: str, image: Image | None, stamp: Stamp) -> str:
        """One version of an item as it is sent, as JSON text."""
        return (
            f'{{"t":{json.dumps(self.name)},"g":"{self.id}","k":{item},'
            f'"i":{to_compact_json(image)},"s":[{stamp.time_us},"{stamp.region}"]}}'
        )

    def item_of(self, key: Image) -> str:
        """The item's identity: its key as JSON text, with 1 and 1.0 in one form."""
        return to_compact_json({name: _canonical(key[name]) for name in self.key_names})


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def to_compact_json(value: object) -> str:
    """Compact JSON in ASCII."""
    return _ENCODER.encode(value)


def _canonical(value: Image) -> Image:
    return {"N": str(Decimal(value["N"]).normalize())} if "N" in value else value
