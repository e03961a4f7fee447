"""How a system stands: what a drill has to put back, asked of the APIs and of the twin itself."""

from dataclasses import dataclass

from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System

REGIONS = (FRANKFURT_REGION, OREGON_REGION)
SWITCH = "health#"


@dataclass(frozen=True, slots=True)
class SystemState:
    """Dials, health switches, faults, processes."""

    dials: dict[str, float]
    switches: dict[str, str]
    """By Region, as its own table has it."""
    notes: list[str]
    """Other items of the control tables, such as a drill's lease."""
    faults: list[str]
    processes: dict[str, str]


def read_system_state(system: System) -> SystemState:
    """Now."""
    control = {region: read_items(system, region, "control_table") for region in REGIONS}
    status = system.checkout.status()
    return SystemState(
        dials={region: system.dial(region) for region in REGIONS},
        switches={
            region: there.get(f"{SWITCH}{region}", {}).get("status", "auto")
            for region, there in control.items()
        },
        notes=sorted(
            name for there in control.values() for name in there if not name.startswith(SWITCH)
        ),
        faults=[fault["name"] for fault in status["faults"]],
        processes={process["role"]: process["state"] for process in status["processes"]},
    )


def read_items(system: System, region: str, table: str = "table") -> dict[str, dict[str, str]]:
    """Every item of one Region's own table, read directly: its texts by its id."""
    client = system.checkout.client("dynamodb", region)
    pages = client.get_paginator("scan").paginate(
        TableName=system.outputs[table], ConsistentRead=True
    )
    rows = [item for page in pages for item in page["Items"]]
    return {
        row["item_id"]["S"]: {key: value["S"] for key, value in row.items() if "S" in value}
        for row in rows
    }


def endpoint_states(system: System) -> dict[str, str]:
    """Each Region's endpoint, as the accelerator sees it."""
    client = system.checkout.client("globalaccelerator", OREGON_REGION)
    states = {}
    for region in REGIONS:
        group = client.describe_endpoint_group(EndpointGroupArn=system.group_arn(region))
        (endpoint,) = group["EndpointGroup"]["EndpointDescriptions"]
        states[region] = endpoint["HealthState"]
    return states


def all_healthy(system: System) -> bool:
    """Whether the accelerator sees every Region healthy."""
    return set(endpoint_states(system).values()) == {"HEALTHY"}


def repair_system(system: System) -> None:
    """Put right whatever a failed test has left behind."""
    left = read_system_state(system)
    broken = left.faults or set(left.processes.values()) != {"running"}
    if broken:
        system.twin("control start")
    for region in REGIONS:
        if broken:
            system.twin(f"network heal {region}")
            system.twin(f"replication resume {region}")
            system.twin(f"region start {region}")
        if left.switches[region] != "auto":
            system.put_switch(region, "auto", 0)
        if left.dials[region] != 100:
            system.turn(region, 100)
