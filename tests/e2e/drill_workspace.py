"""Drills as processes of the real tool: followed by their journal, killed, and finished.

What is found and what is left is read from AWS's API and from `twin status`: nothing here asks the
tool about its own work.
"""

import json
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.jsonl import split_whole_lines
from tests.e2e.checkout import CommandResult
from tests.e2e.system import OREGON_REGION, System
from tests.waiting import eventually

POLL_S = 0.002
"""How often a journal is looked at: a step of the twin may take no more than 20 ms."""
TIMEOUT_S = 180.0
"""A test that fails may take so long; on a busy machine one that does not fail takes time too."""
LEASE = "drill#lease"
WORKSPACE_VARIABLE = "MUSTER_DESK"
"""Marks every process that is started from a desk; its children inherit it."""

JournalEntry = Mapping[str, Any]
EntryMatcher = Callable[[JournalEntry], bool]
"""Whether this is the entry at which the process dies."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run's folder."""

    path: Path

    def entries(self) -> list[JournalEntry]:
        """Whole lines of the journal."""
        data = (self.path / "journal.jsonl").read_bytes()
        return [json.loads(line) for line in split_whole_lines(data)]

    def size(self) -> int:
        """Bytes of the journal."""
        return (self.path / "journal.jsonl").stat().st_size

    def last(self) -> JournalEntry:
        """The journal's last entry."""
        return self.entries()[-1]

    def kinds(self) -> list[str]:
        """The kinds of its entries."""
        return [str(entry["kind"]) for entry in self.entries()]

    def ended(self, *status: str) -> None:
        """Make sure that it came to one of these ends, and that nothing is missing on the way."""
        entries = self.entries()
        assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))
        assert entries[0]["kind"] == "opened"
        assert entries[-1]["kind"] == "closed", entries[-1]
        assert entries[-1]["status"] in status, entries[-1]


@dataclass
class JournalFollower:
    """Follows a journal as it grows, without taking the processor from whoever writes it."""

    run: RunRecord
    offset: int
    """Bytes that were seen already."""

    def fresh(self) -> list[JournalEntry]:
        """Whole lines since the last time."""
        if self.run.size() == self.offset:
            return []
        with (self.run.path / "journal.jsonl").open("rb") as file:
            file.seek(self.offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self.offset += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


@dataclass(frozen=True, slots=True)
class ObservedState:
    """What AWS's API and `twin status` say, without the tool."""

    dials: dict[str, float]
    switches: dict[str, tuple[str, str, str, str]]
    """By Region: status, end, by whom, why; of `auto` only the status."""
    faults: list[str]


@dataclass
class DrillWorkspace:
    """A folder in which somebody works with the tool."""

    system: System
    folder: Path
    environ: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, line: str) -> subprocess.Popen[bytes]:
        """`muster ...` in a process of its own; what it says goes to a file."""
        number = len(self.started)
        with (self.folder / f"said-{number}.txt").open("wb") as said:
            process = subprocess.Popen(
                [str(self.system.checkout.home / "bin/muster"), *line.split()],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    def said(self, process: subprocess.Popen[bytes]) -> str:
        """What it has said so far."""
        return (self.folder / f"said-{self.started.index(process)}.txt").read_text()

    def ends(self, process: subprocess.Popen[bytes], within_s: float = TIMEOUT_S) -> CommandResult:
        """Its exit code and what it said."""
        return CommandResult(process.wait(timeout=within_s), self.said(process))

    def does(self, line: str, within_s: float = TIMEOUT_S) -> CommandResult:
        """`muster ...` from its beginning to its end."""
        return self.ends(self.start(line), within_s)

    def runs(self) -> list[RunRecord]:
        """Every run, newest first."""
        found = sorted((self.folder / ".muster").glob("*/journal.jsonl"), reverse=True)
        return [RunRecord(path.parent) for path in found]

    def watched(self, line: str, point: EntryMatcher) -> "WatchedDrill":
        """Start it, and come back when its journal has the entry."""
        known = {run.path: run.size() for run in self.runs()}
        process = self.start(line)
        run = eventually(lambda: self._begun(process, known), within_s=TIMEOUT_S, pause_s=POLL_S)
        follower, beyond = JournalFollower(run, known.get(run.path, 0)), list[JournalEntry]()

        def reached() -> bool:
            fresh = iter(follower.fresh())
            if any(point(entry) for entry in fresh):
                beyond.extend(fresh)
                return True
            if process.poll() is not None:
                raise RuntimeError(f"it ended before: {self.said(process)}")
            return False

        eventually(reached, within_s=TIMEOUT_S, pause_s=POLL_S)
        return WatchedDrill(self, process, run, follower, beyond)

    def killed_at_each(
        self, line: str, points: Iterable[EntryMatcher], after: str
    ) -> list[RunRecord]:
        """Kill it at one point after the other, from the second one on by `after`; the runs.

        A process lives for a moment after its signal was sent. What it came past meanwhile is no
        point any more.
        """
        left, runs = deque(points), list[RunRecord]()
        while left:
            watched = self.watched(after if runs else line, left.popleft())
            runs.append(watched.kill())
            for entry in watched.came_past():
                if left and left[0](entry):
                    left.popleft()
        return runs

    def _begun(self, process: subprocess.Popen[bytes], known: Mapping[Path, int]) -> RunRecord:
        """The run that the process is at work on; AssertionError until it has written something."""
        if process.poll() is not None:
            raise RuntimeError(f"it ended before: {self.said(process)}")
        grown = [run for run in self.runs()[:1] if run.size() > known.get(run.path, 0)]
        assert grown
        return grown[0]

    def killed(self, line: str, point: EntryMatcher) -> RunRecord:
        """Start it, and kill it with SIGKILL when its journal has the entry."""
        return self.watched(line, point).kill()

    def nobody_is_left(self) -> None:
        """Wait until every process that was started from here has ended, children included."""
        eventually(lambda: list(self._processes()) == [], within_s=20)

    def _processes(self) -> Iterator[str]:
        """Command lines of what was started from here; the twin's daemons inherit no variables."""
        marker = f"{WORKSPACE_VARIABLE}={self.folder}".encode()
        for entry in Path("/proc").iterdir():
            try:
                if marker in (entry / "environ").read_bytes().split(b"\0"):
                    yield (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue  # no process, another user's, or gone meanwhile

    def leave(self) -> None:
        """End whatever a failed test has left at work."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait(timeout=10)


@dataclass(frozen=True, slots=True)
class WatchedDrill:
    """A process that has come to the entry that was waited for."""

    desk: DrillWorkspace
    process: subprocess.Popen[bytes]
    run: RunRecord
    follower: JournalFollower
    beyond: list[JournalEntry]
    """What was on the disk behind the entry when that was seen."""

    def came_past(self) -> list[JournalEntry]:
        """Everything that it has written behind the entry."""
        return [*self.beyond, *self.follower.fresh()]

    def kill(self) -> RunRecord:
        """SIGKILL; and nothing of it is left."""
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(timeout=10) == -signal.SIGKILL, self.desk.said(self.process)
        return self.run

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ends(self, within_s: float = TIMEOUT_S) -> CommandResult:
        """Its exit code and what it said."""
        return self.desk.ends(self.process, within_s)


def open_workspace(system: System, folder: Path, **more: str) -> DrillWorkspace:
    """A folder to work in; `more` are variables of its environment."""
    folder.mkdir(exist_ok=True)
    marked = {WORKSPACE_VARIABLE: str(folder), "TWIN_LEASH": str(os.getpid())}
    return DrillWorkspace(system, folder, {**system.checkout.environment(), **marked, **more})


def at_entry(kind: str, what: str = "") -> EntryMatcher:
    """At an entry such as `begun m3`, `phase closing`; `r` means any step of a rollback."""

    def matches(entry: JournalEntry) -> bool:
        named = str(entry.get("step") or entry.get("phase") or "")
        same = named.startswith("r") if what == "r" else named == what
        return entry["kind"] == kind and (same or not what)

    return matches


def at_rollback_entry(kind: str) -> EntryMatcher:
    """At such an entry of a rollback; at its end where nothing is left to put back.

    What was put back just before the process died is not put back once more.
    """
    entry, end = at_entry(kind, "r"), at_entry("phase", "closing")
    return lambda one: entry(one) or end(one)


@dataclass
class SystemObserver:
    """Looks at the system without the tool."""

    system: System
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def regions(self) -> list[str]:
        """The stack's Regions."""
        return list(self.system.outputs["regions"])

    def shown(self) -> ObservedState:
        """How dials, switches and faults are now."""
        faults = self.system.checkout.status()["faults"]
        return ObservedState(
            dials=self.dials(),
            switches={region: self.switch(region) for region in self.regions},
            faults=sorted(f"{fault['name']} {fault['region']}" for fault in faults),
        )

    def dials(self) -> dict[str, float]:
        """Every Region's dial."""
        listener = self.system.group_arn(OREGON_REGION).partition("/endpoint-group/")[0]
        answer = self._client("globalaccelerator", OREGON_REGION).list_endpoint_groups(
            ListenerArn=listener
        )
        return {
            group["EndpointGroupRegion"]: group["TrafficDialPercentage"]
            for group in answer["EndpointGroups"]
        }

    def switch(self, region: str) -> tuple[str, str, str, str]:
        """A Region's health switch, as that Region's own table has it."""
        item = self.item(region, f"health#{region}")
        status = item.get("status", {}).get("S", "auto")
        if status == "auto":
            return ("auto", "", "", "")
        until = item.get("until", {}).get("N", "")
        return (status, until, item["by"]["S"], item["why"]["S"])

    def item(self, region: str, item_id: str) -> dict[str, Any]:
        """An item of the control table, as one Region has it; empty if it is not there."""
        answer = self._client("dynamodb", region).get_item(
            TableName=self.system.outputs["control_table"],
            Key={"item_id": {"S": item_id}},
            ConsistentRead=True,
        )
        found: dict[str, Any] = answer.get("Item", {})
        return found

    def age_lease(self) -> None:
        """Let the lease have expired, as if a minute had passed without its holder."""
        item = self.item(self.system.outputs["home_region"], LEASE)
        lease = json.loads(item["lease"]["S"]) | {"until": 1.0}
        aged = item | {"until": {"N": "1.0"}, "lease": {"S": json.dumps(lease)}}
        self._client("dynamodb", self.system.outputs["home_region"]).put_item(
            TableName=self.system.outputs["control_table"], Item=aged
        )

    def put_back(self, found: ObservedState) -> None:
        """Put back by hand what a failed test has left."""
        for fault in self.system.checkout.status()["faults"]:
            self.system.checkout.sourced(
                f"muster fault clear {fault['name']} {fault['region'] or ''}"
            )
        for region in self.regions:
            self.system.put_switch(region, "auto", 0)
            self._client("dynamodb", region).delete_item(
                TableName=self.system.outputs["control_table"], Key={"item_id": {"S": LEASE}}
            )
        self.healthy()
        for region, dial in found.dials.items():
            self.system.turn(region, dial)

    def no_lease(self) -> None:
        """Wait until the lease is gone in every Region: its removal has to be replicated."""
        eventually(lambda: not any(self.item(region, LEASE) for region in self.regions))

    def healthy(self) -> None:
        """Wait until the accelerator takes every Region for healthy."""
        eventually(lambda: self.endpoints() == dict.fromkeys(self.regions, "HEALTHY"), within_s=90)

    def endpoints(self) -> dict[str, str]:
        """The health of each Region's endpoint, as the accelerator tells it."""
        client = self._client("globalaccelerator", OREGON_REGION)
        return {region: self._endpoint(client, region) for region in self.regions}

    def _endpoint(self, client: Any, region: str) -> str:  # noqa: ANN401 - boto3's client
        group = client.describe_endpoint_group(EndpointGroupArn=self.system.group_arn(region))
        (endpoint,) = group["EndpointGroup"]["EndpointDescriptions"]
        return str(endpoint["HealthState"])

    def _client(self, service: str, region: str) -> Any:  # noqa: ANN401 - boto3's clients
        if (service, region) not in self._clients:
            self._clients[service, region] = self.system.checkout.client(service, region)
        return self._clients[service, region]
