"""One deployed stack, ready to be read and changed: the entry point for programs.

    settings = read_settings(environ=os.environ, folder=Path.cwd())
    deployment = Deployment.open(settings, environ=os.environ)
    view = await deployment.telemetry().view()
    await deployment.levers(notify=print).set_dial("us-west-2", 50, within_s=120)

Composes the parts. `open` reads the stack's outputs and makes no call of AWS.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from common.clock import Clock, SystemClock
from common.network.loopback import is_loopback
from muster.aws.account import AwsCaller, StackLocation, identify_caller, locate_stack
from muster.aws.clients import AwsClients
from muster.aws.credentials import find_twin_credentials
from muster.config import MusterSettings, OriginLevel
from muster.errors import InvalidSetting
from muster.levers.aws_faults import ReplicationPause, Throttle
from muster.levers.dial import TrafficDial
from muster.levers.dns_door import DnsDoor
from muster.levers.fault_injector import FaultInjector
from muster.levers.health_switch import HealthCheckInvoker, HealthSwitch
from muster.levers.stack_levers import RetryingLevers, StackLevers
from muster.levers.twin_command import TwinCommand
from muster.model import Stack
from muster.probe.plan import VantagePoint
from muster.probe.targets import (
    THIS_MACHINE,
    ProbedService,
    parse_vantage_points,
    probed_service,
    twin_places,
    twin_speed,
    twin_vantage_points,
    with_resolvers,
)
from muster.retry import Notify, RetryPolicy
from muster.stack_outputs import load_stack
from muster.system.active_faults import ActiveFaultReader, TwinFaults
from muster.system.dns_reader import DnsReader
from muster.system.telemetry import StackTelemetry, StateReaders

CHANCE_POLICIES = ("weighted", "multivalue")
"""With these, a city's resolver gets a Region by chance: few cities might all get the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A stack, its location, and the clients for it."""

    settings: MusterSettings
    stack: Stack
    location: StackLocation
    clients: AwsClients
    clock: Clock
    twin: TwinCommand | None = None
    """The command of the twin; None on AWS."""
    dns: DnsReader | None = None
    """Reads the DNS door, and keeps what it has read for a while; None without that door."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The process's environment."""

    @classmethod
    def open(
        cls,
        settings: MusterSettings,
        *,
        environ: Mapping[str, str],
        clock: Clock | None = None,
        clients: AwsClients | None = None,
    ) -> "Deployment":
        """Raises InvalidSetting, InvalidStackOutputs, AccountError."""
        clock = clock or SystemClock()
        stack = load_stack(settings, now=clock.now)
        clients = clients or make_clients(settings, environ)
        location = locate_stack(settings, stack)
        return cls(
            settings=settings,
            stack=stack,
            location=location,
            clients=clients,
            clock=clock,
            twin=_find_twin(location, environ),
            dns=DnsReader(clients, stack.dns, clock) if stack.dns else None,
            environ=environ,
        )

    def notices(self) -> tuple[str, ...]:
        """What a person must know about the outputs and the settings."""
        profile = self.settings.profile
        unused = (
            (
                f"profile {profile} (from {self.settings.origin('profile').name}) has no effect on"
                " a twin",
            )
            if profile and self.location.kind == "twin"
            else ()
        )
        return (self.stack.notice, *unused) if self.stack.notice else unused

    async def identify(self) -> AwsCaller:
        """The identity of the credentials. Raises AccountError, Unreachable."""
        return await identify_caller(self.clients, self.stack)

    def telemetry(self, *, reads_versions: bool = False) -> StackTelemetry:
        """Reads the system's state. `reads_versions`: of the functions, too, one call a Region."""
        policy = self._retry_policy(_ignore)
        return StackTelemetry(
            self.clients,
            self.stack,
            readers=StateReaders(
                switch=HealthSwitch(self.clients, self.stack, policy),
                faults=ActiveFaultReader(
                    stack=self.stack,
                    throttle=Throttle(self.clients, self.stack, _ignore),
                    replication_pause=self._replication_pause(policy),
                    twin=self.twin_faults(),
                ),
                dns=self.dns,
            ),
            clock=self.clock,
            alarms=tuple(dict.fromkeys((*self.settings.alarms, *self.stack.alarms))),
            reads_versions=reads_versions,
        )

    def twin_faults(self) -> TwinFaults | None:
        """Reads the twin's faults; None on AWS."""
        return TwinFaults(self.clients) if self.location.kind == "twin" else None

    def levers(self, *, notify: Notify) -> RetryingLevers:
        """Change the system, with retries. `notify` shows lines to a person."""
        policy = self._retry_policy(notify)
        return RetryingLevers(
            dial=TrafficDial(self.clients, self.stack, policy),
            switch=HealthSwitch(self.clients, self.stack, policy),
            health=HealthCheckInvoker(self.clients, self.stack, policy),
            dns=self._dns_door(policy),
            faults=self._fault_injector(policy),
            policy=policy,
        )

    def single_attempt_levers(self, *, notify: Notify) -> StackLevers:
        """Change the system for a drill, which retries its steps itself."""
        policy = self._retry_policy(notify)
        return StackLevers(
            dial=TrafficDial(self.clients, self.stack, policy),
            switch=HealthSwitch(self.clients, self.stack, policy),
            dns=self._dns_door(policy),
            faults=self._fault_injector(policy),
        )

    async def vantages(self) -> tuple[VantagePoint, ...]:
        """The vantage points of probes. Raises InvalidSetting, CommandFailed, FaultUnavailable."""
        found = await self._find_vantages()
        return with_resolvers(
            found, self.settings.resolvers, self.settings.origin("resolvers").name
        )

    async def places(self) -> tuple[VantagePoint, ...]:
        """Where clients may be: on a twin all its cities, else the vantage points.

        Raises as `vantages`.
        """
        if self.twin is None or self.settings.vantages:
            return await self.vantages()
        return await twin_places(self.twin)

    async def probed_service(self) -> ProbedService:
        """Where probes go. Raises InvalidStackOutputs, CommandFailed, FaultUnavailable."""
        speed = await self.speed()
        return probed_service(self.stack, ca_file=self.settings.ca_bundle, speed=speed)

    async def speed(self) -> float:
        """By what TTLs and the caches of clients are divided: a twin's speed, else 1.

        1 without the DNS door, which alone needs it. Raises CommandFailed, FaultUnavailable.
        """
        return await twin_speed(self.twin) if self.twin and self.stack.dns else 1.0

    async def _find_vantages(self) -> tuple[VantagePoint, ...]:
        if self.settings.vantages:
            origin = self.settings.origin("vantages").name
            return parse_vantage_points(self.settings.vantages, origin)
        if self.twin is None:
            return THIS_MACHINE
        if self.stack.dns is not None and self.stack.dns.policy in CHANCE_POLICIES:
            return await twin_places(self.twin)
        return await twin_vantage_points(self.twin, self.stack)

    def _fault_injector(self, policy: RetryPolicy) -> FaultInjector:
        return FaultInjector(
            stack=self.stack,
            location=self.location,
            by=self.settings.by,
            throttle=Throttle(self.clients, self.stack, policy.notify),
            replication_pause=self._replication_pause(policy),
            twin=self.twin,
            notify=policy.notify,
        )

    def _dns_door(self, policy: RetryPolicy) -> DnsDoor:
        on_change = self.dns.forget if self.dns else _nothing
        return DnsDoor(self.clients, self.stack, policy, on_change)

    def _replication_pause(self, policy: RetryPolicy) -> ReplicationPause:
        templates = {
            **self.stack.replication_pause_templates,
            **self.settings.replication_pause_templates,
        }
        return ReplicationPause(
            self.clients, templates, policy, control_table=self.stack.control_table
        )

    def _retry_policy(self, notify: Notify) -> RetryPolicy:
        return RetryPolicy(self.clock, random.Random(), notify)


def make_clients(settings: MusterSettings, environ: Mapping[str, str]) -> AwsClients:
    """The clients of the settings' account or twin. Calls nothing. Raises InvalidSetting."""
    if is_loopback(settings.endpoint_url):
        _refuse_profile_option(settings)
    clients = AwsClients(
        endpoint_url=settings.endpoint_url,
        profile=settings.profile,
        timeout_s=settings.timeout_s,
        twin_credentials=find_twin_credentials(environ, settings.endpoint_url),
    )
    clients.require_profile()
    return clients


def _refuse_profile_option(settings: MusterSettings) -> None:
    """A profile of a variable or a file may be for other stacks; an option is for this command.

    Raises InvalidSetting.
    """
    origin = settings.origin("profile")
    if settings.profile and origin.level is OriginLevel.FLAG:
        rule = "left out on a twin, whose credentials are its own"
        raise InvalidSetting("profile", origin.name, settings.profile, rule)


def _find_twin(location: StackLocation, environ: Mapping[str, str]) -> TwinCommand | None:
    if location.kind == "aws" or location.endpoint_url is None:
        return None
    return TwinCommand(location.endpoint_url, environ)


def _ignore(_line: str) -> None:
    """Reads notify nobody."""


def _nothing() -> None:
    """There is no reading to forget."""
