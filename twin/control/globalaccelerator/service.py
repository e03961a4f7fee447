"""Global Accelerator as control serves it: one call at a time, saved before its answer.

The state is one JSON document, replaced as a whole at each change.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from common.atomic_file import write_atomically
from twin import codec
from twin.control.globalaccelerator import api, model
from twin.control.globalaccelerator.call_context import CallContext, HealthByEndpoint, ResponseBody
from twin.control.globalaccelerator.errors import (
    GlobalAcceleratorError,
    InternalServiceError,
    render_error,
)
from twin.control.globalaccelerator.model import ServiceState
from twin.errors import CodecError, StateCorrupt

log = logging.getLogger(__name__)


class GlobalAccelerator:
    """The service and its state."""

    def __init__(
        self,
        path: Path,
        *,
        make_context: Callable[[HealthByEndpoint], CallContext],
        fetch_health: Callable[[], Awaitable[HealthByEndpoint]],
        on_change: Callable[[ServiceState, ServiceState], None],
    ) -> None:
        """Load the state in `path`. Raises StateCorrupt.

        `on_change` takes the states before and after a change, after it is saved.
        """
        self.state = load_state(path)
        self._path = path
        self._make_context = make_context
        self._fetch_health = fetch_health
        self._on_change = on_change

    async def handle(self, region: str | None, target: str, body: bytes) -> tuple[int, bytes]:
        """Run one call: `target` is its X-Amz-Target header. Status and body of the response."""
        try:
            api.check_region(region)
            call = api.parse_call(target, body)
            health = await self._fetch_health() if call.needs_health else {}
            return 200, json.dumps(self._run(call, health)).encode()
        except GlobalAcceleratorError as error:
            return error.status, render_error(error)
        except Exception as exc:
            log.exception("%s failed", target)
            internal = InternalServiceError(f"The twin failed at {target}: {exc!r}")
            return internal.status, render_error(internal)

    def mark_deployed(self, arn: str) -> None:
        """The accelerator's last change is deployed. Raises OSError."""
        self._save(model.mark_deployed(self.state, arn))

    def _run(self, call: api.OperationCall, health: HealthByEndpoint) -> ResponseBody:
        before = self.state
        after, body = api.run_call(call, before, self._make_context(health))
        if after != before:
            self._save(after)
            self._on_change(before, after)
        return body

    def _save(self, state: ServiceState) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, codec.dumps(state))
        self.state = state


def load_state(path: Path) -> ServiceState:
    """The saved state, or an empty one. Raises StateCorrupt."""
    try:
        return codec.loads(ServiceState, path.read_bytes())
    except FileNotFoundError:
        return ServiceState()
    except CodecError as exc:
        raise StateCorrupt(
            f"{path}: {exc}. It is Global Accelerator's state; `twin down` removes it."
        ) from exc
