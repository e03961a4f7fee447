"""The order of a rollout, what each Region is asked, and where it stops."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from common.clock import WaitingClock
from muster.model import Stack

ALIAS = "live"
"""What load balancers and APIs invoke."""
PAUSE_S = 1.0
"""Between the writing and the reading of a round."""
ITEM_LIFE_S = 3600


class RolloutStopped(Exception):
    """A Region could not be updated, or does not serve afterwards; the next ones are as before."""


class RegionUnreachable(RolloutStopped):
    """A Region's Lambda API does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """A request, and the status of its answer."""

    method: str
    path: str
    wanted: int
    body: str = ""


HEALTH = ProbeRequest(method="GET", path="/health", wanted=200)

Invoke = Callable[[str, ProbeRequest], int]
"""(Region, request) -> the status of the function's answer. Raises RolloutStopped."""
Deploy = Callable[[str | None], None]
"""Update a Region, or (None) the whole stack. Raises RolloutStopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The Regions of a rollout."""

    regions: tuple[str, ...]
    """In their order."""
    skipped: tuple[str, ...] = ()
    """Regions that are down; neither updated nor asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One change, on its way through the Regions."""

    deploy: Deploy
    invoke: Invoke
    clock: WaitingClock
    say: Callable[[str], object]
    watch_s: float
    """For how long an updated Region must answer every request."""

    def run(self, route: Route) -> None:
        """Update and try one Region after the other, then the rest. Raises RolloutStopped.

        What spans all Regions can't be updated while one is down, so it is left for later.
        """
        regions = route.regions
        self._refuse_unreachable(regions)
        for number, region in enumerate(regions, start=1):
            self.say(f"{region} ({number} of {len(regions)}): update")
            try:
                self.deploy(region)
                self._watch(region)
            except RolloutStopped as exc:
                raise RolloutStopped(_stopped_at(route, number - 1, str(exc))) from exc
            self.say(f"{region}: serves")
        if not route.skipped:
            self.say("front doors and outputs: update")
            self.deploy(None)

    def _refuse_unreachable(self, regions: Sequence[str]) -> None:
        """A Region may serve badly before: the change may be the cure. But it must answer."""
        down: dict[str, str] = {}
        for region in regions:
            try:
                self.invoke(region, HEALTH)
            except RegionUnreachable as exc:
                down[region] = str(exc)
            except RolloutStopped as exc:
                self.say(f"{region}, before its update: {exc}")
        if down:
            raise RolloutStopped(_unreachable_before(down))

    def _watch(self, region: str) -> None:
        """Send rounds of requests until the time is over; each answer must be the wanted one."""
        ends_s = self.clock.monotonic() + self.watch_s
        while True:
            item = f"rollout-{uuid.uuid4()}"
            self._ask(region, write_requests(item))
            # Reads are eventually consistent, so the item is read after the pause.
            self.clock.wait(PAUSE_S)
            self._ask(region, [ProbeRequest(method="GET", path=f"/get/{item}", wanted=200)])
            if self.clock.monotonic() >= ends_s:
                return

    def _ask(self, region: str, requests: Sequence[ProbeRequest]) -> None:
        for request in requests:
            status = self.invoke(region, request)
            if status != request.wanted:
                raise RolloutStopped(
                    f"{request.method} {request.path} is answered with {status}, not"
                    f" {request.wanted}"
                )


def write_requests(item: str) -> tuple[ProbeRequest, ...]:
    """The first part of a round; the item expires."""
    body = json.dumps({"item_id": item, "expires_in_s": ITEM_LIFE_S})
    return (
        HEALTH,
        ProbeRequest(method="GET", path="/", wanted=200),
        ProbeRequest(method="POST", path="/create", wanted=201, body=body),
    )


def plan_route(stack: Stack, first: Sequence[str], skipped: Sequence[str]) -> Route:
    """The first ones, then the others, the home Region last. Raises RolloutStopped."""
    if unknown := [name for name in (*first, *skipped) if name not in stack.regions]:
        names = ", ".join(stack.regions)
        raise RolloutStopped(f"no Region of the stack: {', '.join(unknown)}; it has {names}")
    if both := [name for name in first if name in skipped]:
        raise RolloutStopped(f"both first and skipped: {', '.join(both)}")
    left = set(stack.regions) - set(skipped)
    if not left:
        raise RolloutStopped("every Region is skipped: nothing is left to update")
    rest = sorted(left - set(first), key=lambda name: (name == stack.home_region, name))
    return Route(
        regions=(*dict.fromkeys(first), *rest),
        skipped=tuple(name for name in stack.regions if name in skipped),
    )


def describe_rest(stack: str, skipped: Sequence[str]) -> str:
    """What a rollout without some Regions has left, and the command for later."""
    return (
        f"left as before: {', '.join(skipped)}, and what spans all Regions (front doors, tables)\n"
        f"  Once {'it answers' if len(skipped) == 1 else 'they answer'} again:"
        f" python -m tools.rollout --stack {stack}"
    )


def _unreachable_before(down: dict[str, str]) -> str:
    lines = [f"{region} does not answer: {why}" for region, why in down.items()]
    options = " ".join(f"--skip {region}" for region in down)
    return "\n".join(
        [
            *lines,
            f"  Nothing was changed. To update the other Regions alone: {options}",
        ]
    )


def _stopped_at(route: Route, at: int, reason: str) -> str:
    regions = route.regions
    region, done = regions[at], regions[:at]
    rest = (*regions[at + 1 :], *route.skipped)
    lines = [
        f"stopped at {region}: {reason}",
        f"  updated before: {', '.join(done) or 'none'}; not touched: {', '.join(rest) or 'none'}",
        f"  To take {region} back at once, point its alias to the version before:",
        f"    aws lambda update-alias --region {region} --function-name NAME --name {ALIAS}"
        " --function-version NUMBER",
        "  Then correct the program, or check out the version before, and run this again.",
    ]
    return "\n".join(lines)
