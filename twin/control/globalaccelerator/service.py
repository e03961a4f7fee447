"""Global Accelerator as control serves it: state, its file, and what follows from a change."""

import json
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

from twin.clock import Clock
from twin.control.globalaccelerator import api, model, store
from twin.control.globalaccelerator.context import Context
from twin.control.globalaccelerator.errors import (
    GlobalAcceleratorError,
    InternalServiceError,
    render,
)
from twin.control.globalaccelerator.model import State
from twin.control.globalaccelerator.validation import LoadBalancers
from twin.messages import EndpointState

log = logging.getLogger(__name__)

Health = Mapping[tuple[str, str], EndpointState]


class World(Protocol):
    """What the service needs of the rest of control."""

    account: str

    def static_ips(self, ordinal: int) -> tuple[str, str]:
        """The addresses of accelerator number `ordinal`."""
        ...

    def load_balancers(self) -> LoadBalancers:
        """The load balancers that exist now."""
        ...

    def changed(self, before: State, after: State) -> None:
        """The state is saved; publish it."""
        ...


class GlobalAccelerator:
    """The service and its state."""

    def __init__(
        self,
        path: Path,
        world: World,
        health: Callable[[], Awaitable[Health]],
        clock: Clock,
        rng: random.Random,
    ) -> None:
        """Read the state that was saved last. Raises StateCorrupt."""
        self.state = store.load(path)
        self._path = path
        self._world = world
        self._health = health
        self._clock = clock
        self._rng = rng

    async def handle(self, region: str | None, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to one call."""
        try:
            api.check_region(region)
            call = api.parse(target, body)
            health = await self._health() if call.asks_health else {}
            return 200, json.dumps(self._run(call, health)).encode()
        except GlobalAcceleratorError as error:
            return error.status, render(error)
        except Exception as exc:
            log.exception("%s failed", target)
            fault = InternalServiceError(f"The twin failed at {target}: {exc!r}")
            return fault.status, render(fault)

    def settle(self, arn: str) -> None:
        """The accelerator's last change has spread."""
        self._replace(model.settle(self.state, arn))

    def _run(self, call: api.Call, health: Health) -> dict[str, object]:
        context = Context(
            account=self._world.account,
            now=self._clock.now(),
            rng=self._rng,
            static_ips=self._world.static_ips,
            load_balancers=self._world.load_balancers(),
            health=health,
        )
        before = self.state
        after, answer = api.run(call, before, context)
        if after != before:
            self._replace(after)
            self._world.changed(before, after)
        return answer

    def _replace(self, state: State) -> None:
        """Save first: what is answered is never lost."""
        store.save(self._path, state)
        self.state = state
