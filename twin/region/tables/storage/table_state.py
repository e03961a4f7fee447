"""The state of a table besides its items: identity, version stamps, members, settings.

A table's shared settings and the members of its global table are registers: named values, each with
a stamp, that are replicated like items, the last writer wins. So two Regions that change different
settings at the same time keep both changes.
"""

import json
from dataclasses import dataclass, field
from decimal import Context, Decimal
from enum import StrEnum
from typing import Any

from twin.core.tables.replication import Stamp, VersionStamps
from twin.core.tables.table_engine import Image, JsonObject
from twin.dynamodb.numbers import MAX_DIGITS

MEMBER_PREFIX = "member:"
"""A register with this prefix holds a Region's membership."""

WireVersion = dict[str, Any]
"""A version as it is sent between Regions and written to the log:

    t, g   the table's name and id           s   the stamp: [time_us, region]
    k, i   an item's key and image (null: deleted), or
    r, v   a register's name and value
"""


class ReplicaStatus(StrEnum):
    """The statuses that the twin uses.

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
    """The Region whose UpdateTable added the replica; it also completes the creation."""
    since_s: float
    """Seconds since 1970."""
    exists: bool
    """Whether the table is known to exist there, so that writes can be sent."""
    is_witness: bool = False
    """Whether the Region only keeps the data for the others (multi-Region strong consistency)."""
    overrides: JsonObject = field(default_factory=dict)
    """The replica's overrides from ReplicaUpdates, in AWS's form; described, without effect."""

    def to_json(self) -> JsonObject:
        """The register's value."""
        return {
            "status": str(self.status),
            "source": self.source,
            "since": self.since_s,
            "made": self.exists,
            "witness": self.is_witness,
            "overrides": self.overrides,
        }

    @staticmethod
    def from_json(value: JsonObject) -> "Membership":
        return Membership(
            status=ReplicaStatus(value["status"]),
            source=value["source"],
            since_s=value["since"],
            exists=value["made"],
            is_witness=value.get("witness", False),
            overrides=value["overrides"],
        )


@dataclass(frozen=True, slots=True)
class Register:
    """The value of a register and its stamp."""

    stamp: Stamp
    value: Any


@dataclass(frozen=True, slots=True)
class RecoverySettings:
    """Of a table with point-in-time recovery."""

    enabled_s: float
    """Since when, in seconds since 1970."""
    days: float


@dataclass(slots=True)
class TableState:
    """One table in this Region."""

    name: str
    id: str
    """The same in all replicas; a later table of the same name has another one."""
    region: str
    key_names: tuple[str, ...]
    stamps: VersionStamps = field(default_factory=VersionStamps)
    registers: dict[str, Register] = field(default_factory=dict)
    local_settings: JsonObject = field(default_factory=dict)
    """This replica's own settings, as last logged."""
    members: dict[str, Membership] = field(default_factory=dict)
    """By Region, from the registers; includes this Region once the table is global."""
    peers: tuple[str, ...] = ()
    """The other Regions to which this table's writes are sent."""

    def set_register(self, name: str, register: Register) -> None:
        """Set the value, and update members and peers."""
        self.registers[name] = register
        if not name.startswith(MEMBER_PREFIX):
            return
        region = name.removeprefix(MEMBER_PREFIX)
        self.members.pop(region, None)
        if register.value is not None:
            self.members[region] = Membership.from_json(register.value)
        self.peers = tuple(
            sorted(r for r, member in self.members.items() if member.exists and r != self.region)
        )

    def drop_register(self, name: str) -> None:
        """Take back a register that was not there before."""
        self.set_register(name, Register(Stamp(0, self.region), None))
        del self.registers[name]

    @property
    def recovery(self) -> RecoverySettings | None:
        """None if point-in-time recovery is off."""
        stored = self.local_settings.get("recovery") or {}
        recovery = stored.get("PointInTimeRecoveryDescription") or {}
        if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
            return None
        return RecoverySettings(
            enabled_s=float(recovery.get("EarliestRestorableDateTime", 0.0)),
            days=float(recovery.get("RecoveryPeriodInDays") or 35),
        )

    @property
    def other_members(self) -> dict[str, Membership]:
        """The members without this Region, by Region."""
        return {region: m for region, m in sorted(self.members.items()) if region != self.region}

    @property
    def is_creating(self) -> bool:
        """Whether this replica is still being created."""
        own = self.members.get(self.region)
        return own is not None and own.status is ReplicaStatus.CREATING

    @property
    def is_strong(self) -> bool:
        """Whether the table is a global one with multi-Region strong consistency."""
        register = self.registers.get("consistency")
        return register is not None and register.value["mode"] == "STRONG"

    @property
    def is_witness(self) -> bool:
        """Whether this Region only keeps the table for the others."""
        own = self.members.get(self.region)
        return own is not None and own.is_witness

    @property
    def is_restoring(self) -> bool:
        """Whether the items of a restored table are still being written."""
        return bool((self.local_settings.get("restore") or {}).get("RestoreInProgress"))

    def register_versions(self) -> list[WireVersion]:
        return [self.register_version(name) for name in sorted(self.registers)]

    def register_version(self, name: str) -> WireVersion:
        register = self.registers[name]
        return {
            "t": self.name,
            "g": self.id,
            "r": name,
            "v": register.value,
            "s": list(register.stamp),
        }

    def item_version_text(self, item: str, image: Image | None, stamp: Stamp) -> str:
        """A WireVersion of an item as JSON text; `item` is its key from `item_key`."""
        return (
            f'{{"t":{json.dumps(self.name)},"g":"{self.id}","k":{item},'
            f'"i":{to_compact_json(image)},"s":[{stamp.time_us},"{stamp.region}"]}}'
        )

    def item_key(self, key: Image) -> str:
        """The item's key as JSON text, with normalized numbers (1 and 1.0 are one key)."""
        return to_compact_json({name: _normalize(key[name]) for name in self.key_names})


_ENCODER = json.JSONEncoder(separators=(",", ":"))
_ALL_DIGITS = Context(prec=MAX_DIGITS)
"""Python's own context rounds to 28 digits, and so would make one key of two."""


def to_compact_json(value: object) -> str:
    """JSON in ASCII without blanks."""
    return _ENCODER.encode(value)


def _normalize(value: Image) -> Image:
    return {"N": str(Decimal(value["N"]).normalize(_ALL_DIGITS))} if "N" in value else value
