"""The fault `replication-pause` on AWS: an experiment of AWS FIS, from a template.

The template has the table and the length of the pause; infra/fault_injection.py declares one for
each Region. The action pauses replication into and out of the experiment's Region:
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
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def experiment_end_s(experiment: Mapping[str, Any]) -> float | None:
    """When an experiment will end, in seconds since 1970; None: not known yet.

    The duration is a parameter of its action, in ISO 8601:
    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
    """
    started = experiment.get("startTime")
    actions: Mapping[str, Mapping[str, Any]] = experiment.get("actions", {})
    texts = (action.get("parameters", {}).get("duration", "") for action in actions.values())
    durations = [_to_seconds(match) for text in texts if (match := _DURATION.fullmatch(text))]
    if not isinstance(started, datetime) or not durations:
        return None
    return started.timestamp() + max(durations)


def _to_seconds(duration: re.Match[str]) -> float:
    return sum(
        float(number or 0) * unit
        for number, unit in zip(duration.groups(), (86400, 3600, 60, 1), strict=True)
    )


class ReplicationPause:
    """Starts, stops and finds the experiments of a stack."""

    def __init__(
        self, clients: AwsClients, templates: Mapping[str, str], policy: RetryPolicy
    ) -> None:
        """`templates`: Region -> id of its template."""
        self._clients = clients
        self._templates = templates
        self._policy = policy

    async def inject(self, region: str, token: str) -> None:
        """Start an experiment unless one is active, and wait until it runs.

        All attempts of one injection share one `token`, so that they start one experiment. Raises
        FaultUnavailable, CallFailed, WaitTimeout.
        """
        template = self._template(region)
        deadline = self._policy.deadline(START_TIMEOUT_S)
        active = await self._list(region, template, ACTIVE)
        experiment = active[0] if active else await self._start(region, template, token)

        async def poll() -> PollResult:
            state, reason = await self._state(region, experiment)
            if state not in ACTIVE:
                raise CallFailed("fis", "start_experiment", region, state, reason)
            return PollResult(state == "running", f"experiment {experiment} is {state}")

        await deadline.wait(f"replication of {region} paused", poll)

    async def clear(self, region: str) -> None:
        """Stop all active experiments of the template, and wait for their ends.

        Raises FaultUnavailable, CallFailed, WaitTimeout.
        """
        template = self._template(region)
        deadline = self._policy.deadline(STOP_TIMEOUT_S)
        for experiment in await self._list(region, template, ACTIVE):
            await self._stop(region, experiment)

        async def poll() -> PollResult:
            left = await self._list(region, template, ACTIVE | ENDING)
            return PollResult(not left, f"active: {', '.join(left)}")

        await deadline.wait(f"replication of {region} resumed", poll)

    async def active_faults(self, region: str) -> tuple[ActiveFault, ...]:
        """The Region's active pauses; none without a template. Raises CallFailed."""
        template = self._templates.get(region)
        if template is None:
            return ()
        experiments = await self._list(region, template, ACTIVE | ENDING)
        return tuple([await self._active_fault(region, experiment) for experiment in experiments])

    async def _active_fault(self, region: str, experiment: str) -> ActiveFault:
        answer = await self._clients.read("fis", region, "get_experiment", id=experiment)
        end_s = experiment_end_s(answer["experiment"])
        return ActiveFault(kind="replication-pause", region=region, until_epoch_s=end_s)

    def _template(self, region: str) -> str:
        if region not in self._templates:
            raise FaultUnavailable(
                f"replication-pause {region}: no FIS experiment template is known for it; set"
                " muster:fault_injection in the stack's configuration, or name one in"
                " replication_pause_templates of muster.yaml"
            )
        return self._templates[region]

    async def _list(self, region: str, template: str, states: frozenset[str]) -> list[str]:
        ids: list[str] = []
        page: dict[str, str] = {}
        while True:
            answer = await self._clients.read(
                "fis", region, "list_experiments", experimentTemplateId=template, **page
            )
            ids += [e["id"] for e in answer["experiments"] if e["state"]["status"] in states]
            if not answer.get("nextToken"):
                return ids
            page = {"nextToken": answer["nextToken"]}

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
