"""Commands that begin and end faults, on a twin that does not run."""

import json

import pytest

from twin.cli.main import main
from twin.faults.store import read_faults
from twin.runtime.instance import Instance


@pytest.mark.parametrize("action", ["kill", "stop", "start", "freeze", "thaw"])
def test_a_region_that_never_ran_is_an_error_with_the_known_ones(
    action: str, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["region", action, "us-west-2"], instance) == 2
    assert capsys.readouterr().err == (
        "twin: us-west-2 has never run in this twin; its Regions: none yet\n"
    )
    instance.region_state("eu-central-1").mkdir(parents=True)

    assert main(["region", action, "eu-centrl-1"], instance) == 2

    assert capsys.readouterr().err == (
        "twin: eu-centrl-1 has never run in this twin; its Regions: eu-central-1;"
        " did you mean eu-central-1?\n"
    )


def test_who_begins_and_ends_a_fault_is_kept_with_the_command(instance: Instance) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)

    main(["network", "cut", "us-west-2"], instance)
    (begun,) = read_faults(instance).faults
    main(["network", "heal", "us-west-2"], instance)
    (ended,) = read_faults(instance).ended

    assert "@" in begun.by
    assert " (`twin network cut us-west-2` at " in begun.by
    assert ended.fault == begun
    assert " (`twin network heal us-west-2` at " in ended.by


def test_a_process_that_does_not_run_can_be_stopped_but_not_frozen(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["control", "freeze"], instance) == 1
    assert capsys.readouterr().err == "twin: control is not running (it is absent)\n"

    assert main(["control", "stop"], instance) == 0
    assert capsys.readouterr().out.split() == ["control", "was", "not", "running"]


@pytest.mark.parametrize("minute", ["60", "60s", "1m", "0m60s"])
def test_a_dead_region_s_replication_can_be_paused_for_when_it_is_back(
    instance: Instance, capsys: pytest.CaptureFixture[str], minute: str
) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)

    assert main(["replication", "pause", "us-west-2", "--for", minute], instance) == 0
    assert capsys.readouterr().out.split(maxsplit=1)[1] == "replication paused, for 60 s\n"

    main(["status", "--json"], instance)
    (fault,) = json.loads(capsys.readouterr().out)["faults"]
    assert (fault["name"], fault["region"]) == ("replication-pause", "us-west-2")
    assert 58 < fault["left_s"] <= 60


@pytest.mark.parametrize(
    ("begin", "end", "name"),
    [
        (["network", "cut"], ["network", "heal"], "network-cut"),
        (["network", "slow", "--delay-ms", "50"], ["network", "heal"], "network-slow"),
        (["replication", "pause"], ["replication", "resume"], "replication-pause"),
        (["region", "kill"], None, "region-kill"),
        (["region", "stop"], None, "region-stop"),
    ],
)
def test_faults_are_shown_and_beginning_or_ending_one_twice_is_the_same_as_once(
    begin: list[str],
    end: list[str] | None,
    name: str,
    instance: Instance,
    capsys: pytest.CaptureFixture[str],
) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)
    for _ in range(2):
        assert main([*begin, "us-west-2"], instance) == 0

    assert [fault["name"] for fault in active_faults(instance, capsys)] == [name]
    for _ in range(2 if end else 0):
        assert main([*(end or []), "us-west-2"], instance) == 0
    assert bool(active_faults(instance, capsys)) is (end is None)


@pytest.mark.parametrize(
    ("begin", "end", "first", "second"),
    [
        (["network", "cut"], ["network", "heal"], "network healed", "network was whole"),
        (
            ["replication", "pause"],
            ["replication", "resume"],
            "replication resumed",
            "replication was not paused",
        ),
    ],
)
def test_a_fault_that_is_ended_twice_is_told_so(
    begin: list[str],
    end: list[str],
    first: str,
    second: str,
    instance: Instance,
    capsys: pytest.CaptureFixture[str],
) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)
    main([*begin, "us-west-2"], instance)
    capsys.readouterr()

    for words in (first, second):
        assert main([*end, "us-west-2"], instance) == 0
        assert words in capsys.readouterr().out


def test_a_fault_that_another_one_replaces_is_told(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)
    main(["network", "cut", "us-west-2"], instance)
    assert "takes its place" not in capsys.readouterr().out

    assert main(["network", "slow", "us-west-2"], instance) == 0

    assert "network-cut ended; the new fault takes its place" in capsys.readouterr().out


def active_faults(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, object]]:
    capsys.readouterr()
    main(["status", "--json"], instance)
    faults: list[dict[str, object]] = json.loads(capsys.readouterr().out)["faults"]
    return faults


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["network", "cut", "us-west-2", "--for", "0"], "--for 0"),
        (["network", "cut", "us-west-2", "--for", "-3"], "'-3' is not a length of time"),
        (["network", "slow", "us-west-2", "--delay-ms", "0"], "--delay-ms 0"),
        (
            ["replication", "pause", "us-west-2", "--for", "soon"],
            "'soon' is not a length of time such as 90, 30s, 10m, 1h30m or 250ms",
        ),
    ],
)
def test_a_time_that_can_t_be_meant_ends_with_2(
    arguments: list[str], said: str, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)

    assert main(arguments, instance) == 2

    assert said in capsys.readouterr().err


def test_a_timed_kill_needs_the_gateway(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)

    assert main(["region", "kill", "us-west-2", "--for", "30"], instance) == 1

    assert "the gateway ends timed faults, and it is not running" in capsys.readouterr().err
    assert active_faults(instance, capsys) == []
