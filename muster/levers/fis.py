"""The fault `replication-pause` on AWS: an experiment of AWS FIS, from a template.

Decides when an experiment counts as under way and as over. The template says which table it is for
and how long the pause lasts; infra/fault_injection.py declares one for each Region. The action
pauses what goes into and out of the experiment's Region:
https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from muster.aws.clients import AwsClients
from muster.errors import CallFailed, FaultUnavailable
from muster.model import ActiveFault
from muster.retry import PollResult, RetryPolicy

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 180.0
ACTIVE = frozenset({"pending", "initiating", "running"})
ENDING = frozenset({"stopping"})


_LENGTH = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def experiment_end_s(experiment: Mapping[str, Any]) -> float | None:
    """When an experiment ends by itself, in seconds since 1970; None: that is not known yet.

    The length of an action is a parameter of it, in ISO 8601:
    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
    """
    started = experiment.get("startTime")
    actions: Mapping[str, Mapping[str, Any]] = experiment.get("actions", {})
    given = (action.get("parameters", {}).get("duration", "") for action in actions.values())
    lengths = [_seconds(found) for text in given if (found := _LENGTH.fullmatch(text))]
    if not isinstance(started, datetime) or not lengths:
        return None
    return started.timestamp() + max(lengths)


def _seconds(length: re.Match[str]) -> float:
    return sum(
        float(number or 0) * unit
        for number, unit in zip(length.groups(), (86400, 3600, 60, 1), strict=True)
    )


class ReplicationPause:
    """The fault, by experiment templates."""

    def __init__(
        self, clients: AwsClients, templates: Mapping[str, str], policy: RetryPolicy
    ) -> None:
        """`templates`: Region -> id of its template."""
        self._clients = clients
        self._templates = templates
        self._policy = policy

    async def inject(self, region: str, token: str) -> None:
        """Start an experiment unless one is under way; wait until it runs.

        All attempts of one injection have one `token`, so they start one experiment.
        Raises FaultUnavailable, CallFailed, NotInTime.
        """
        template = self._template(region)
        deadline = self._policy.deadline(START_TIMEOUT_S)
        under_way = await self._ids(region, template, ACTIVE)
        experiment = under_way[0] if under_way else await self._start(region, template, token)

        async def look() -> PollResult:
            state, reason = await self._state(region, experiment)
            if state not in ACTIVE:
                raise CallFailed("fis", "start_experiment", region, state, reason)
            return PollResult(state == "running", f"experiment {experiment} is {state}")

        await deadline.wait(f"replication of {region} paused", look)

    async def clear(self, region: str) -> None:
        """Stop every experiment of the template that is under way, and wait for its end.

        Raises FaultUnavailable, CallFailed, NotInTime.
        """
        template = self._template(region)
        deadline = self._policy.deadline(STOP_TIMEOUT_S)
        for experiment in await self._ids(region, template, ACTIVE):
            await self._stop(region, experiment)

        async def look() -> PollResult:
            left = await self._ids(region, template, ACTIVE | ENDING)
            return PollResult(not left, f"under way: {', '.join(left)}")

        await deadline.wait(f"replication of {region} resumed", look)

    async def standing(self, region: str) -> tuple[ActiveFault, ...]:
        """The Region's pauses that are under way; none without a template. Raises CallFailed."""
        template = self._templates.get(region)
        if template is None:
            return ()
        under_way = await self._ids(region, template, ACTIVE | ENDING)
        return tuple([await self._pause(region, experiment) for experiment in under_way])

    async def _pause(self, region: str, experiment: str) -> ActiveFault:
        answer = await self._clients.read("fis", region, "get_experiment", id=experiment)
        ends = experiment_end_s(answer["experiment"])
        return ActiveFault(kind="replication-pause", region=region, until_epoch_s=ends)

    def _template(self, region: str) -> str:
        if region not in self._templates:
            raise FaultUnavailable(
                f"replication-pause {region}: no FIS experiment template is known for it; set"
                " muster:fault_injection in the stack's configuration, or name one in"
                " replication_pause_templates of muster.yaml"
            )
        return self._templates[region]

    async def _ids(self, region: str, template: str, states: frozenset[str]) -> list[str]:
        found: list[str] = []
        more: dict[str, str] = {}
        while True:
            answer = await self._clients.read(
                "fis", region, "list_experiments", experimentTemplateId=template, **more
            )
            found += [e["id"] for e in answer["experiments"] if e["state"]["status"] in states]
            if not answer.get("nextToken"):
                return found
            more = {"nextToken": answer["nextToken"]}

    async def _start(self, region: str, template: str, token: str) -> str:
        answer = await self._clients.change(
            "fis", region, "start_experiment", clientToken=token, experimentTemplateId=template
        )
        started: str = answer["experiment"]["id"]
        return started

    async def _stop(self, region: str, experiment: str) -> None:
        await self._clients.change("fis", region, "stop_experiment", id=experiment)

    async def _state(self, region: str, experiment: str) -> tuple[str, str]:
        answer = await self._clients.read("fis", region, "get_experiment", id=experiment)
        state = answer["experiment"]["state"]
        return state["status"], state.get("reason", "no reason given")
