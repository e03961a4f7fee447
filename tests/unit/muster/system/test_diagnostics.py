"""What is unusual in a view, in words."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from muster.model import ActiveFault, RegionView, SwitchSetting, SystemView
from muster.system.diagnostics import connection_shares, list_warnings
from tests.unit.muster.sample_stack import FRANKFURT, OREGON, REGIONS, make_stack

NOW = 1_800_000_000.0


def region(name: str, **changes: object) -> RegionView:
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


def view(oregon: Mapping[str, object] | None = None, /, **changes: object) -> SystemView:
    """A healthy system, but for what is given."""
    whole = SystemView(
        account="1",
        accelerator_status="DEPLOYED",
        accelerator_enabled=True,
        regions={name: region(name) for name in REGIONS},
    )
    regions = {**whole.regions, OREGON: region(OREGON, **(oregon or {}))}
    return replace(whole, **{"regions": regions, **changes})  # type: ignore[arg-type]  # as above


def test_a_healthy_system_needs_no_words() -> None:
    assert list_warnings(make_stack(), view(), NOW) == []


@pytest.mark.parametrize(
    ("oregon", "words"),
    [
        ({"dial": 50.0}, "us-west-2: the dial is at 50 %, not at the declared 100 %; `pulumi up`"),
        ({"endpoint": "UNHEALTHY"}, "us-west-2: the accelerator sees its load balancer as UNHEAL"),
        ({"target": "unhealthy"}, "us-west-2: its load balancer sees the function as unhealthy"),
        (
            {"lags_s": {FRANKFURT: 300.0}},
            "us-west-2: its writes reach eu-central-1 only after 5:00",
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
def test_what_is_unusual_in_a_region_is_said(oregon: dict[str, object], words: str) -> None:
    assert any(words in line for line in list_warnings(make_stack(), view(oregon), NOW))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accelerator_status": None}, "`muster health REGION fail` still empties a Region"),
        ({"accelerator_status": "IN_PROGRESS"}, "under way (IN_PROGRESS)"),
        ({"accelerator_enabled": False}, "the accelerator is disabled"),
        ({"alarms": {"us-west-2:errors": "ALARM"}}, "alarm us-west-2:errors is in ALARM"),
        (
            {"regions": {name: region(name, dial=0.0) for name in REGIONS}},
            "all dials are 0",
        ),
        (
            {"regions": {name: region(name, endpoint="UNHEALTHY") for name in REGIONS}},
            "no Region is healthy",
        ),
    ],
)
def test_what_is_unusual_in_the_whole_is_said(changes: dict[str, object], words: str) -> None:
    assert any(words in line for line in list_warnings(make_stack(), view(**changes), NOW))


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
def test_what_is_broken_on_purpose_is_said_with_its_end(fault: ActiveFault, words: str) -> None:
    assert words in list_warnings(make_stack(), view(faults=(fault,)), NOW)


def test_a_throttle_is_not_told_twice() -> None:
    throttled = ActiveFault(kind="throttle", region=OREGON, parameters={"concurrency": 0.0})

    said = list_warnings(make_stack(), view({"concurrency_limit": 0.0}, faults=(throttled,)), NOW)

    assert said == ["throttle of us-west-2 (concurrency 0) is active, without an end"]


def test_what_is_unknown_is_not_called_a_fault() -> None:
    unknown = {"dial": None, "endpoint": None, "target": None, "switch": None}

    assert list_warnings(make_stack(), view(unknown), NOW) == []


def test_shares_are_parts_of_all_new_connections() -> None:
    assert connection_shares(view({"new_connections_per_s": 3.0})) == {
        FRANKFURT: 0.25,
        OREGON: 0.75,
    }


@pytest.mark.parametrize("rate", [None, 0.0])
def test_no_share_without_connections_in_every_region(rate: float | None) -> None:
    idle = {name: region(name, new_connections_per_s=rate) for name in REGIONS}

    assert connection_shares(view(regions=idle)) is None
    assert connection_shares(view({"new_connections_per_s": None})) is None
