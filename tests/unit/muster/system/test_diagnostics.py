"""The warnings about a view."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from muster.model import ActiveFault, RegionView, SwitchSetting, SystemView
from muster.system.diagnostics import connection_shares, list_warnings
from tests.unit.muster.sample_stack import FRANKFURT, OREGON, REGIONS, make_stack

NOW = 1_800_000_000.0


def make_region(name: str, **changes: object) -> RegionView:
    fields: dict[str, object] = {
        "region": name,
        "declared_dial": 100.0,
        "dial": 100.0,
        "endpoint": "HEALTHY",
        "target": "healthy",
        "switch": SwitchSetting(),
        "replication_lag_s": 0.5,
        "new_connections_per_s": 1.0,
        "requests_per_s": 1.0,
        "concurrency_used": 1.0,
        "concurrency_limit": 900.0,
    }
    return RegionView(**(fields | changes))  # type: ignore[arg-type]  # names are the fields'


def make_view(oregon: Mapping[str, object] | None = None, /, **changes: object) -> SystemView:
    """A healthy system with some changes."""
    whole = SystemView(
        account="1",
        accelerator_status="DEPLOYED",
        accelerator_enabled=True,
        regions={name: make_region(name) for name in REGIONS},
    )
    regions = {**whole.regions, OREGON: make_region(OREGON, **(oregon or {}))}
    return replace(whole, **{"regions": regions, **changes})  # type: ignore[arg-type]  # as above


def test_a_healthy_system_has_no_warnings() -> None:
    assert list_warnings(make_stack(), make_view(), NOW) == []


def test_outputs_of_an_older_deployment_are_noticed_and_kept_ones_are_named() -> None:
    stack = replace(make_stack(), notice="outputs of 3:00 h ago")

    kept, outdated = list_warnings(stack, make_view(outdated=("us-east-1 is new",)), NOW)

    assert kept == "outputs of 3:00 h ago"
    assert "(outputs.json) are not those of the newest deployment: us-east-1 is new." in outdated


@pytest.mark.parametrize(
    ("oregon", "words"),
    [
        ({"dial": 50.0}, "us-west-2: the dial is at 50 %, not at the declared 100 %; `pulumi up`"),
        ({"endpoint": "UNHEALTHY"}, "us-west-2: the accelerator sees its load balancer as UNHEAL"),
        ({"target": "unhealthy"}, "us-west-2: its load balancer sees the function as unhealthy"),
        (
            {"lags_s": {FRANKFURT: 300.0}},
            "us-west-2: some of its writes of the last two minutes reached eu-central-1 only after",
        ),
        (
            {"lags_s": {FRANKFURT: 0.5, "ap-northeast-1": None}},
            "us-west-2: no sign that its writes reach ap-northeast-1, though they reach",
        ),
        ({"concurrency_limit": 0.0}, "us-west-2: its function may not run"),
        (
            {"switch": SwitchSetting(status="fail", by="me", why="drill 12", until_epoch_s=9e9)},
            "us-west-2: health switch at fail, set by me (drill 12)",
        ),
        ({"switch": SwitchSetting(status="pass")}, "set by somebody, without an end"),
        ({"dial": 0.0}, "eu-central-1 is the last Region that takes traffic"),
        ({"target": "unhealthy"}, "eu-central-1 is the last Region that takes traffic"),
    ],
)
def test_an_unusual_state_of_a_region_is_a_warning(oregon: dict[str, object], words: str) -> None:
    assert any(words in line for line in list_warnings(make_stack(), make_view(oregon), NOW))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accelerator_status": None}, "health switches work without it"),
        ({"accelerator_status": "IN_PROGRESS"}, "under way (IN_PROGRESS)"),
        ({"accelerator_enabled": False}, "the accelerator is disabled"),
        ({"alarms": {"us-west-2:errors": "ALARM"}}, "alarm us-west-2:errors is in ALARM"),
        (
            {"regions": {name: make_region(name, dial=0.0) for name in REGIONS}},
            "all dials are 0",
        ),
        (
            {"regions": {name: make_region(name, endpoint="UNHEALTHY") for name in REGIONS}},
            "no Region is healthy",
        ),
    ],
)
def test_an_unusual_state_of_the_system_is_a_warning(
    changes: dict[str, object], words: str
) -> None:
    assert any(words in line for line in list_warnings(make_stack(), make_view(**changes), NOW))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            ActiveFault(
                kind="network-slow",
                region=OREGON,
                parameters={"delay_ms": 200.0},
                until_epoch_s=NOW + 580,
            ),
            "network-slow of us-west-2 (delay_ms 200) is active, 9:40 min left",
        ),
        (
            ActiveFault(kind="throttle", region=OREGON, by="ann@desk"),
            "throttle of us-west-2 is active, without an end, by ann@desk",
        ),
        (
            ActiveFault(kind="control-stop", until_epoch_s=NOW - 1),
            "control-stop is active, overdue",
        ),
    ],
)
def test_an_active_fault_is_a_warning_with_its_end(fault: ActiveFault, words: str) -> None:
    assert words in list_warnings(make_stack(), make_view(faults=(fault,)), NOW)


def test_a_throttle_is_one_warning() -> None:
    throttled = ActiveFault(kind="throttle", region=OREGON, parameters={"concurrency": 0.0})

    warnings = list_warnings(
        make_stack(), make_view({"concurrency_limit": 0.0}, faults=(throttled,)), NOW
    )

    assert warnings == ["throttle of us-west-2 (concurrency 0) is active, without an end"]


def test_an_unknown_state_is_no_warning() -> None:
    unknown = {"dial": None, "endpoint": None, "target": None, "switch": None}

    assert list_warnings(make_stack(), make_view(unknown), NOW) == []


def test_shares_are_parts_of_all_new_connections() -> None:
    assert connection_shares(make_view({"new_connections_per_s": 3.0})) == {
        FRANKFURT: 0.25,
        OREGON: 0.75,
    }


@pytest.mark.parametrize("rate", [None, 0.0])
def test_no_share_without_connections_in_every_region(rate: float | None) -> None:
    idle = {name: make_region(name, new_connections_per_s=rate) for name in REGIONS}

    assert connection_shares(make_view(regions=idle)) is None
    assert connection_shares(make_view({"new_connections_per_s": None})) is None
