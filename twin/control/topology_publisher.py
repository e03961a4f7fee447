"""Publishes the Topology: a new version when its content changes, on disk first, then to pollers.

Versions only rise, over restarts too. A poller with a newer version than control has ever published
proves that control's record was lost; the Topology is then published again above that version.
Which version each role has acknowledged is known only since control started.

`build_topology` makes the Topology of the resources of moto and Global Accelerator; it is pure.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from common.files.atomic_file import write_atomically
from twin import codec
from twin.control.globalaccelerator.model import AcceleratorRecord, ServiceState
from twin.control.globalaccelerator.validation import LoadBalancerFacts
from twin.errors import CodecError, TwinError
from twin.runtime.instance import Instance
from twin.topology.model import Accelerator, RegionTopology, Topology
from twin.topology.store import read_topology, write_topology
from twin.topology.validation import CheckedWriter


def build_topology(
    account: str,
    regions: Mapping[str, RegionTopology],
    state: ServiceState,
    static_ips: Callable[[int], tuple[str, str]],
) -> Topology:
    """Everything that edge and Regions run on, at version 0."""

    def build_accelerator(record: AcceleratorRecord) -> Accelerator:
        return Accelerator(
            arn=record.arn,
            name=record.name,
            enabled=record.enabled,
            ips=static_ips(record.ordinal),
            dns_name=record.dns_name,
            listeners=record.listeners,
        )

    return Topology(
        account=account,
        accelerators=tuple(map(build_accelerator, state.accelerators)),
        regions=dict(regions),
    )


def load_balancers_by_arn(regions: Mapping[str, RegionTopology]) -> dict[str, LoadBalancerFacts]:
    """The load balancers of all Regions, for the rules about endpoints."""
    return {
        balancer.arn: LoadBalancerFacts(region, balancer.scheme)
        for region, topology in regions.items()
        for balancer in topology.load_balancers
    }


log = logging.getLogger(__name__)


class TopologyPublisher:
    """The last published Topology, and which role has which version."""

    def __init__(self, instance: Instance) -> None:
        """Go on from the version on disk."""
        self._instance = instance
        self.current = _last_published(instance)
        self.text = codec.dumps(self.current)
        """The JSON of the current Topology."""
        self._writer = CheckedWriter()
        self.acknowledged: dict[str, int] = {}
        """Role -> version."""
        self._whole_codes: set[str] = set()
        """SHA-256 of the files of code that this process has written, or found whole."""
        self._event = asyncio.Event()
        self._closed = False

    def publish(self, content: Topology, codes: Mapping[str, bytes]) -> int:
        """Publish the content unless it is published already; the version that carries it.

        `codes` maps the hexadecimal SHA-256 of functions' zip files to these; they are written
        before the Topology that names them, and again where they are missing or damaged when
        control starts. Content that no reader could use, or whose code can't be written, is not
        published: the last Topology stays in force until the next call.
        """
        candidate = replace(content, version=self.current.version)
        is_published = candidate == self.current and self._instance.topology_path.exists()
        if is_published and self._whole_codes.issuperset(codes):
            return self.current.version
        topology = replace(content, version=self.current.version + 1)
        try:
            text = self._writer.dumps(topology)
        except TwinError as exc:
            log.error("%s; Topology %d stays in force", exc, self.current.version)
            return self.current.version
        try:
            self._write_codes(codes)
        except OSError as exc:
            log.error(
                "the code of a function can't be written, so Topology %d stays in force until the "
                "next change: %s",
                self.current.version,
                exc,
            )
            return self.current.version
        if not is_published:
            self._write(topology, text)
        return self.current.version

    def _write_codes(self, codes: Mapping[str, bytes]) -> None:
        for sha, code in codes.items():
            path = self._instance.code_path(sha)
            if path.exists() and (sha in self._whole_codes or path.read_bytes() == code):
                self._whole_codes.add(sha)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, code)
            self._whole_codes.add(sha)

    def acknowledge(self, role: str, version: int) -> None:
        """Record that the role has this version in force; 0: it has none yet."""
        if version > self.current.version:
            log.warning("%s has Topology %d; publishing above it", role, version)
            lifted = replace(self.current, version=version + 1)
            self._write(lifted, codec.dumps(lifted))
            return
        if self.acknowledged.get(role) != version:
            self.acknowledged[role] = version
            self.wake()

    async def wait_for_newer(self, version: int, timeout_s: float) -> Topology | None:
        """Wait for a Topology newer than `version`; None after `timeout_s` and after `close`."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.current.version <= version and not self._closed:
                    await self.wait_for_event()
        except TimeoutError:
            return None
        return None if self._closed else self.current

    async def wait_for_role(self, role: str, version: int, timeout_s: float) -> None:
        """Wait until a running role has this version in force.

        A role that does not follow in time counts as not running until it is heard of again.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while self.acknowledged.get(role, version) < version and not self._closed:
                    await self.wait_for_event()
        except TimeoutError:
            self.acknowledged.pop(role, None)

    async def wait_for_event(self) -> None:
        """Wait for the next publication, acknowledgement, or call of `wake`."""
        await self._event.wait()

    def wake(self) -> None:
        """Wake everyone who waits."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    def close(self) -> None:
        """End all waiting polls: control stops."""
        self._closed = True
        self.wake()

    def _write(self, topology: Topology, text: str) -> None:
        """Publish; a Topology that can't be stored is served from memory all the same.

        The resources are saved by then, and control's next start stores it again.
        """
        try:
            write_topology(self._instance, text)
        except OSError as exc:
            path = self._instance.topology_path
            log.error(
                "%s can't be written, so a restart may begin with an older one: %s", path, exc
            )
        self.current, self.text = topology, text
        self.wake()


def _last_published(instance: Instance) -> Topology:
    """The Topology on disk; an empty one at version 0 where none can be read."""
    try:
        return read_topology(instance) or Topology()
    except CodecError as exc:
        # All of it is derived, so it is built again; `acknowledge` lifts its version.
        log.warning("%s: %s; publishing it anew", instance.topology_path, exc)
        instance.topology_path.unlink(missing_ok=True)  # so that an empty one is published, too
        return Topology()
