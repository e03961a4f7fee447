"""The state of a system that a drill has to restore, read from AWS's APIs and from `twin status`.

Nothing here uses the tool under test, but for the repairs after a failed test.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System
from tests.waiting import eventually

REGIONS = (FRANKFURT_REGION, OREGON_REGION)
SWITCH = "health#"
LEASE = "drill#lease"


@dataclass(frozen=True, slots=True)
class SystemState:
    """Dials, health switches, faults, processes."""

    dials: dict[str, float]
    switches: dict[str, str]
    """Status by Region, from the Region's own table."""
    notes: list[str]
    """Ids of other items of the control tables, such as a drill's lease."""
    faults: list[str]
    processes: dict[str, str]


def read_system_state(system: System) -> SystemState:
    control = {region: read_items(system, region, "control_table") for region in REGIONS}
    status = system.checkout.status()
    return SystemState(
        dials={region: system.dial(region) for region in REGIONS},
        switches={
            region: items.get(f"{SWITCH}{region}", {}).get("status", "auto")
            for region, items in control.items()
        },
        notes=sorted(
            name for items in control.values() for name in items if not name.startswith(SWITCH)
        ),
        faults=[fault["name"] for fault in status["faults"]],
        processes={process["role"]: process["state"] for process in status["processes"]},
    )


def read_items(system: System, region: str, table: str = "table") -> dict[str, dict[str, str]]:
    """Every item of one Region's table: id -> its string attributes."""
    client = system.checkout.client("dynamodb", region)
    pages = client.get_paginator("scan").paginate(
        TableName=system.outputs[table], ConsistentRead=True
    )
    rows = [item for page in pages for item in page["Items"]]
    return {
        row["item_id"]["S"]: {key: value["S"] for key, value in row.items() if "S" in value}
        for row in rows
    }


def has_all_items(system: System, region: str, items: Iterable[str]) -> bool:
    """True; AssertionError with the items that one Region's table lacks."""
    assert set(items) - set(read_items(system, region)) == set()
    return True


def endpoint_states(system: System) -> dict[str, str]:
    """Health of each Region's endpoint, as the accelerator sees it."""
    client = system.checkout.client("globalaccelerator", OREGON_REGION)
    states = {}
    for region in REGIONS:
        group = client.describe_endpoint_group(EndpointGroupArn=system.group_arn(region))
        (endpoint,) = group["EndpointGroup"]["EndpointDescriptions"]
        states[region] = endpoint["HealthState"]
    return states


def all_healthy(system: System) -> bool:
    return set(endpoint_states(system).values()) == {"HEALTHY"}


def repair_system(system: System) -> None:
    """Undo the faults, switches and dials that a failed test has left."""
    left = read_system_state(system)
    broken = left.faults or set(left.processes.values()) != {"running"}
    if broken:
        system.run_twin("control start --during-drill")
    for region in REGIONS:
        if broken:
            system.run_twin(f"network heal {region} --during-drill")
            system.run_twin(f"replication resume {region} --during-drill")
            system.run_twin(f"region start {region} --during-drill")
        if left.switches[region] != "auto":
            system.put_switch(region, "auto", 0)
        if left.dials[region] != 100:
            system.set_dial(region, 100)


@dataclass(frozen=True, slots=True)
class ObservedState:
    """What a drill can change, in detail."""

    dials: dict[str, float]
    switches: dict[str, tuple[str, str, str, str]]
    """By Region: status, end, by, why; for `auto` only the status."""
    faults: list[str]


@dataclass
class SystemObserver:
    """Reads ObservedState, with clients that are made once."""

    system: System
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def regions(self) -> list[str]:
        return list(self.system.outputs["regions"])

    def read_state(self) -> ObservedState:
        faults = self.system.checkout.status()["faults"]
        return ObservedState(
            dials=self.dials(),
            switches={region: self.switch(region) for region in self.regions},
            faults=sorted(f"{fault['name']} {fault['region']}" for fault in faults),
        )

    def dials(self) -> dict[str, float]:
        listener = self.system.group_arn(OREGON_REGION).partition("/endpoint-group/")[0]
        answer = self._client("globalaccelerator", OREGON_REGION).list_endpoint_groups(
            ListenerArn=listener
        )
        return {
            group["EndpointGroupRegion"]: group["TrafficDialPercentage"]
            for group in answer["EndpointGroups"]
        }

    def switch(self, region: str) -> tuple[str, str, str, str]:
        """A Region's health switch, from that Region's own table: status, end, by, why."""
        item = self.item(region, f"{SWITCH}{region}")
        status = item.get("status", {}).get("S", "auto")
        if status == "auto":
            return ("auto", "", "", "")
        until = item.get("until", {}).get("N", "")
        return (status, until, item["by"]["S"], item["why"]["S"])

    def item(self, region: str, item_id: str) -> dict[str, Any]:
        """An item of one Region's control table; empty if there is none."""
        answer = self._client("dynamodb", region).get_item(
            TableName=self.system.outputs["control_table"],
            Key={"item_id": {"S": item_id}},
            ConsistentRead=True,
        )
        found: dict[str, Any] = answer.get("Item", {})
        return found

    def expire_lease(self) -> None:
        """Set the lease's end to the past, as if its holder had died a minute ago."""
        item = self.item(self.system.outputs["home_region"], LEASE)
        lease = json.loads(item["lease"]["S"]) | {"until": 1.0}
        expired = item | {"until": {"N": "1.0"}, "lease": {"S": json.dumps(lease)}}
        self._client("dynamodb", self.system.outputs["home_region"]).put_item(
            TableName=self.system.outputs["control_table"], Item=expired
        )

    def restore(self, state: ObservedState) -> None:
        """Restore dials, and remove faults, switches and leases, after a failed test."""
        for fault in self.system.checkout.status()["faults"]:
            self.system.checkout.run_in_shell(
                f"muster fault clear {fault['name']} {fault['region'] or ''}"
            )
        for region in self.regions:
            self.system.put_switch(region, "auto", 0)
            self._client("dynamodb", region).delete_item(
                TableName=self.system.outputs["control_table"], Key={"item_id": {"S": LEASE}}
            )
        self.wait_until_healthy()
        for region, dial in state.dials.items():
            self.system.set_dial(region, dial)

    def wait_until_no_lease(self) -> None:
        """Wait until the removal of the lease is replicated to every Region."""
        eventually(lambda: not any(self.item(region, LEASE) for region in self.regions))

    def wait_until_healthy(self) -> None:
        eventually(
            lambda: self.endpoint_states() == dict.fromkeys(self.regions, "HEALTHY"), within_s=90
        )

    def endpoint_states(self) -> dict[str, str]:
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
