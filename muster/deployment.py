"""One deployed stack, ready to be looked at and acted on: the way into `muster` for a program.

    settings = config.read(environ=os.environ, folder=Path.cwd())
    deployment = Deployment.open(settings, environ=os.environ)
    view = await deployment.telemetry().view()
    await deployment.levers(notify=print).set_dial("us-west-2", 50, within_s=120)

Composition only. `open` reads the stack's outputs and asks AWS nothing.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from muster import probing, target
from muster import stack as stacks
from muster.calls import Clients
from muster.clock import Clock, SystemClock
from muster.config import Settings
from muster.levers.dial import Dial
from muster.levers.experiments import ReplicationPause
from muster.levers.faults import Faults
from muster.levers.health_event import HealthPath
from muster.levers.health_switch import HealthSwitch
from muster.levers.patience import Notify, Patience
from muster.levers.stack import StackLevers
from muster.levers.throttle import Throttle
from muster.levers.twin_command import TwinCommand
from muster.levers.twin_faults import TwinFaults
from muster.model import Stack
from muster.probe.plan import Vantage
from muster.standing import StandingFaults
from muster.target import Identity, Place
from muster.telemetry import StackTelemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A stack, where it is, and the clients to reach it."""

    settings: Settings
    stack: Stack
    place: Place
    clients: Clients
    clock: Clock
    environ: Mapping[str, str]

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        environ: Mapping[str, str],
        clock: Clock | None = None,
        clients: Clients | None = None,
    ) -> "Deployment":
        """Raises StackUnreadable, WrongTarget."""
        stack = stacks.load(settings)
        return cls(
            settings=settings,
            stack=stack,
            place=target.place(settings, stack),
            clients=clients
            or Clients(
                endpoint_url=settings.endpoint_url,
                profile=settings.profile,
                timeout_s=settings.timeout_s,
            ),
            clock=clock or SystemClock(),
            environ=environ,
        )

    async def identify(self) -> Identity:
        """Whose credentials act. Raises WrongTarget, Unreachable."""
        return await target.identify(self.clients, self.stack)

    def telemetry(self) -> StackTelemetry:
        """What reads the system."""
        patience = self._patience(_nothing)
        return StackTelemetry(
            self.clients,
            self.stack,
            switch=HealthSwitch(self.clients, self.stack, patience),
            faults=StandingFaults(
                stack=self.stack,
                throttle=Throttle(self.clients, self.stack, patience),
                replication_pause=self._replication_pause(patience),
                twin=TwinFaults(self.clients) if self.place.kind == "twin" else None,
            ),
            clock=self.clock,
            alarms=self.settings.alarms,
        )

    def levers(self, *, notify: Notify, queue: bool = False) -> StackLevers:
        """What acts on it. `notify` takes lines for whoever watches; `queue`: see Dial.turn."""
        patience = self._patience(notify)
        return StackLevers(
            dial=Dial(self.clients, self.stack, patience),
            switch=HealthSwitch(self.clients, self.stack, patience),
            health=HealthPath(self.clients, self.stack, patience),
            faults=self._faults(patience),
            queue=queue,
        )

    def twin(self) -> TwinCommand | None:
        """The command of the twin that is acted on; None on AWS."""
        if self.place.kind == "aws" or self.place.endpoint_url is None:
            return None
        return TwinCommand(self.place.endpoint_url, self.environ)

    async def vantages(self) -> tuple[Vantage, ...]:
        """Where probes come from. Raises SettingWrong, CommandFailed, FaultUnavailable."""
        if self.settings.vantages:
            origin = self.settings.origin("vantages").words
            return probing.parse_vantages(self.settings.vantages, origin)
        twin = self.twin()
        return probing.HERE if twin is None else await probing.twin_vantages(twin, self.stack)

    def _faults(self, patience: Patience) -> Faults:
        return Faults(
            stack=self.stack,
            place=self.place,
            by=self.settings.by,
            throttle=Throttle(self.clients, self.stack, patience),
            replication_pause=self._replication_pause(patience),
            twin=self.twin(),
            notify=patience.notify,
        )

    def _replication_pause(self, patience: Patience) -> ReplicationPause:
        templates = {
            **self.stack.replication_pause_templates,
            **self.settings.replication_pause_templates,
        }
        return ReplicationPause(self.clients, templates, patience)

    def _patience(self, notify: Notify) -> Patience:
        return Patience(self.clock, random.Random(), notify)


def _nothing(_line: str) -> None:
    """A reading has nobody to tell."""
