"""Global Accelerator as control serves it: state, its file, and what follows from a change."""

import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

from common.clock import Clock
from twin import codec
from twin.control.files import write_atomically
from twin.control.globalaccelerator import api
from twin.control.globalaccelerator.call_context import CallContext
from twin.control.globalaccelerator.errors import (
    GlobalAcceleratorError,
    InternalServiceError,
    render_error,
)
from twin.control.globalaccelerator.model import GlobalAcceleratorState, mark_deployed
from twin.control.globalaccelerator.validation import LoadBalancers
from twin.errors import CodecError, StateCorrupt
from twin.internal_api.schemas import EndpointState

log = logging.getLogger(__name__)

HealthByEndpoint = Mapping[tuple[str, str], EndpointState]


class ControlServices(Protocol):
    """What the service needs of the rest of control."""

    account: str

    def static_ips(self, ordinal: int) -> tuple[str, str]:
        """The addresses of accelerator number `ordinal`."""
        ...

    def load_balancers(self) -> LoadBalancers:
        """The load balancers that exist now."""
        ...

    def changed(self, before: GlobalAcceleratorState, after: GlobalAcceleratorState) -> None:
        """The state is saved; publish it."""
        ...


class GlobalAccelerator:
    """The service and its state."""

    def __init__(
        self,
        path: Path,
        world: ControlServices,
        health: Callable[[], Awaitable[HealthByEndpoint]],
        clock: Clock,
        rng: random.Random,
    ) -> None:
        """Read the state that was saved last. Raises StateCorrupt."""
        self.state = load_state(path)
        self._path = path
        self._world = world
        self._health = health
        self._clock = clock
        self._rng = rng

    async def handle(self, region: str | None, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to one call."""
        try:
            api.check_region(region)
            call = api.parse_call(target, body)
            health = await self._health() if call.asks_health else {}
            return 200, json.dumps(self._run(call, health)).encode()
        except GlobalAcceleratorError as error:
            return error.status, render_error(error)
        except Exception as exc:
            log.exception("%s failed", target)
            fault = InternalServiceError(f"The twin failed at {target}: {exc!r}")
            return fault.status, render_error(fault)

    def settle(self, arn: str) -> None:
        """The accelerator's last change has spread."""
        self._replace(mark_deployed(self.state, arn))

    def _run(self, call: api.OperationCall, health: HealthByEndpoint) -> dict[str, object]:
        context = CallContext(
            account=self._world.account,
            now=self._clock.now(),
            rng=self._rng,
            static_ips=self._world.static_ips,
            load_balancers=self._world.load_balancers(),
            health=health,
        )
        before = self.state
        after, answer = api.run_call(call, before, context)
        if after != before:
            self._replace(after)
            self._world.changed(before, after)
        return answer

    def _replace(self, state: GlobalAcceleratorState) -> None:
        """Save first: what is answered is never lost."""
        save_state(self._path, state)
        self.state = state


def load_state(path: Path) -> GlobalAcceleratorState:
    """The saved state, or an empty one. Raises StateCorrupt."""
    try:
        return codec.loads(GlobalAcceleratorState, path.read_bytes())
    except FileNotFoundError:
        return GlobalAcceleratorState()
    except CodecError as exc:
        raise StateCorrupt(
            f"{path}: {exc}. It is Global Accelerator's state; `twin down` removes it."
        ) from exc


def save_state(path: Path, state: GlobalAcceleratorState) -> None:
    """Replace the saved state."""
    write_atomically(path, codec.dumps(state).encode())
