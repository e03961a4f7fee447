"""Increments lost in partitions: the service `hits`, and beside it a counter of one item.

`python -m bench.partitions [COUNT]` pauses the replication of one Region COUNT times (100), writes
on both sides meanwhile, and goes on when each side has what the other has.

One client's hits have no ids, so each counts. Another client's have ids, and each is sent to both
sides, as by a client that moves to another Region without an answer. The one item is a bookmark of
the workshop, to which both sides add 1.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.both_doors.dns_system import DnsSystem, deployed_dns_system
from tests.e2e.checkout import Checkout, copy_checkout
from tests.waiting import eventually

PARTITIONS = 100
WRITES = 3
"""Of each kind, to each Region, in each partition."""
CONVERGED_WITHIN_S = 60.0
ONE_ITEM = {"PK": {"S": "user100"}, "SK": {"S": "AshlandValley"}}
SPEED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What one kind of counter has lost."""

    counter: str
    acknowledged: int
    """Increments; a repeated request is one."""
    counted: int

    @property
    def lost(self) -> int:
        return self.acknowledged - self.counted


class Partitions:
    """Two Regions that are cut apart again and again."""

    def __init__(self, system: DnsSystem) -> None:
        self._system = system
        self._regions = tuple(system.outputs["dns"]["regions"])
        self._names = [system.regional_name(region) for region in self._regions]
        self._plain = self._with_ids = self._one_item = 0

    def run(self, count: int) -> list[Losses]:
        self._store_one_item()
        for number in range(count):
            with self._system.replication_paused(self._regions[-1]):
                self._write(number)
            eventually(self._agree, CONVERGED_WITHIN_S)
        return [
            Losses(
                counter="hits, without ids",
                acknowledged=self._plain,
                counted=sum(self._hits(self._names[0], FRANKFURT).values()),
            ),
            Losses(
                counter="hits, each sent to both Regions with one id",
                acknowledged=self._with_ids,
                counted=sum(self._hits(self._names[0], PORTLAND).values()),
            ),
            Losses(
                counter="one item for both Regions",
                acknowledged=self._one_item,
                counted=self._one_item_value(self._names[0]),
            ),
        ]

    def _write(self, number: int) -> None:
        for place in range(WRITES):
            key = f"{number}-{place}"
            for host in self._names:
                self._ask("POST", "/hits/hello", host, FRANKFURT)
                self._ask("POST", "/hits/hello", host, PORTLAND, {"Idempotency-Key": key})
                self._ask("GET", "/bookmarks/update/user100/AshlandValley/1", host, FRANKFURT)
                self._plain += 1
                self._one_item += 1
            self._with_ids += 1

    def _agree(self) -> bool:
        """Whether each Region has what the others have."""
        seen = [
            (
                self._hits(host, FRANKFURT),
                self._hits(host, PORTLAND),
                self._one_item_value(host),
            )
            for host in self._names
        ]
        return all(one == seen[0] for one in seen)

    def _hits(self, host: str, city: str) -> dict[str, int]:
        """By the Region that has counted: the sums can be equal before the shards are."""
        shards: dict[str, int] = self._ask("GET", "/hits/total", host, city)["shards"]
        return shards

    def _one_item_value(self, host: str) -> int:
        answer = self._ask("GET", "/bookmarks/get/user100/AshlandValley", host, FRANKFURT)
        return int(answer["Item"]["Bookmark"]["N"])

    def _store_one_item(self) -> None:
        table = self._system.outputs["services"]["bookmarks"]
        item = {**ONE_ITEM, "Bookmark": {"N": "0"}}
        home = self._system.checkout.client("dynamodb", self._system.outputs["home_region"])
        home.put_item(TableName=table, Item=item)

    def _ask(
        self, method: str, path: str, host: str, city: str, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        answer = self._system.ask(method, path, city, host=host, headers=headers or {})
        if answer.status != 200:
            raise SystemExit(f"{method} {path} at {host}: {answer.status} {answer.body!r}")
        found: dict[str, Any] = answer.data
        return found


def measure_losses(copy: Checkout, count: int) -> list[Losses]:
    return Partitions(deployed_dns_system(copy)).run(count)


def format_losses_table(rows: list[Losses]) -> str:
    """A Markdown table."""
    lines = ["| counter | acknowledged | counted | lost |", "|---|---|---|---|"]
    lines += [
        f"| {row.counter} | {row.acknowledged} | {row.counted} | {row.lost} |" for row in rows
    ]
    return "\n".join(lines)


def main(count: int) -> int:
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        copy = copy_checkout(Path(folder))
        try:
            copy.run("make", "up", "INSTANCE=auto", f"SPEED={SPEED}").ok()
            print(f"{count} partitions\n\n{format_losses_table(measure_losses(copy, count))}")
        finally:
            copy.run("make", "down")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PARTITIONS))
