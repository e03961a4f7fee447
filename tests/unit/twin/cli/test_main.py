"""The `twin` command line: output and exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from twin.cli.inspection_commands import LogTail
from twin.cli.main import COMMANDS, main
from twin.runtime.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / "home", 16)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(
    command: str, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"], instance) == 0

    assert capsys.readouterr().out.startswith(f"Usage: twin {command}")


def test_a_wrong_command_line_ends_with_2(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dance"], instance) == 2
    assert "No such command 'dance'" in capsys.readouterr().err
    assert main(["up", "--instance", "many"], instance) == 2
    assert capsys.readouterr().err == "twin: --instance many: neither a number nor auto\n"


@pytest.mark.parametrize("action", ["kill", "stop", "start", "freeze", "thaw"])
def test_a_region_that_never_ran_is_an_error_with_the_known_ones(
    action: str, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["region", action, "us-west-2"], instance) == 1
    assert capsys.readouterr().err == (
        "twin: us-west-2 has never run in this twin; its Regions: none yet\n"
    )
    instance.region_state("eu-central-1").mkdir(parents=True)

    assert main(["region", action, "mars-1"], instance) == 1

    assert "mars-1 has never run in this twin; its Regions: eu-central-1" in (
        capsys.readouterr().err
    )


def test_a_process_that_does_not_run_can_be_stopped_but_not_frozen(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["control", "freeze"], instance) == 1
    assert capsys.readouterr().err == "twin: control is not running (it is absent)\n"

    assert main(["control", "stop"], instance) == 0
    assert capsys.readouterr().out.split() == ["control", "was", "not", "running"]


@pytest.mark.parametrize("group", [[], ["region"], ["control"], ["replication"], ["network"]])
def test_no_line_of_help_is_cut_at_80_columns(
    group: list[str], instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*group, "--help"], instance) == 0

    _usage, _, rest = capsys.readouterr().out.partition("\n")
    assert "..." not in rest


@pytest.mark.parametrize("minute", ["60", "60s", "1m"])
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
        (["network", "cut", "us-west-2", "--for", "-3"], "--for -3"),
        (["network", "slow", "us-west-2", "--delay-ms", "0"], "--delay-ms 0"),
        (
            ["replication", "pause", "us-west-2", "--for", "soon"],
            "'soon' is not a time such as 30, 30s, 2m or 1h",
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

    assert "nobody would end it" in capsys.readouterr().err
    assert active_faults(instance, capsys) == []


def test_status_of_nothing_ends_with_1_and_is_valid_json(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--json"], instance) == 1

    status = json.loads(capsys.readouterr().out)
    assert status["running"] is False
    assert status["instance"] == 16
    assert status["endpoint_url"] == "http://127.0.0.1:4582"
    assert [p["state"] for p in status["processes"]] == ["absent"] * 3
    assert status["warnings"] == ["nothing runs; `twin up` (or `make up`) starts it"]


def test_status_survives_files_that_can_not_be_read(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.state_dir.mkdir(parents=True)
    instance.settings_path.write_text("{")
    instance.topology_path.write_text("[]")

    assert main(["status", "--json"], instance) == 1

    assert json.loads(capsys.readouterr().out)["topology_version"] == 0


def test_places_name_the_regions_of_this_twin_nearest_first(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    for region in ("eu-central-1", "us-west-2"):
        instance.region_state(region).mkdir(parents=True)

    assert main(["places", "--json"], instance) == 0

    places = {place["name"]: place for place in json.loads(capsys.readouterr().out)}
    assert places["Portland"] == {
        "name": "Portland",
        "address": "127.210.7.1",
        "regions": ["us-west-2", "eu-central-1"],
        "distances_km": {"eu-central-1": 8394, "us-west-2": 234},
    }
    assert places["Frankfurt"]["regions"] == ["eu-central-1", "us-west-2"]


def test_places_without_a_twin_name_every_region(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["places"], instance) == 0

    assert "Tokyo           127.210.15.1   ap-northeast-1 (0 km)" in capsys.readouterr().out


def test_logs_show_the_end_of_each_with_its_name(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.logs_dir.mkdir(parents=True)
    (instance.logs_dir / "edge.log").write_text("one\ntwo\n")
    (instance.logs_dir / "region-us-west-2.log").write_text("three\n")

    assert main(["logs", "-n", "1"], instance) == 0
    assert capsys.readouterr().out == "edge             two\nregion-us-west-2 three\n"

    assert main(["logs", "us-west-2"], instance) == 0
    assert capsys.readouterr().out == "three\n"

    (instance.logs_dir / "control.log").touch()
    assert main(["logs", "control"], instance) == 0
    assert capsys.readouterr() == ("", "control has logged nothing\n")

    assert main(["logs", "gateway"], instance) == 2
    assert (
        "no log of 'gateway'; there are control, edge, region-us-west-2" in capsys.readouterr().err
    )


def test_a_log_is_followed_by_whole_lines_into_a_fresh_file(tmp_path: Path) -> None:
    path = tmp_path / "edge.log"
    tail = LogTail(path)
    assert tail.read_new() == []

    path.write_text("one\ntw")
    assert tail.read_new() == ["one"]
    with path.open("a") as opened:
        opened.write("o\n")
    assert tail.read_new() == ["two"]
    path.rename(tmp_path / "edge.log.1")
    path.write_text("three\n")

    assert tail.read_new() == ["three"]


def test_an_error_of_its_own_is_one_line_and_a_traceback_in_a_log(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    (instance.home / "twin.lock").mkdir(parents=True)

    assert main(["up"], instance) == 70

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("twin: this should not happen: IsADirectoryError")
    assert lines[1] == f"  traceback: {instance.logs_dir}/cli.log"
    assert "Traceback" in (instance.logs_dir / "cli.log").read_text()


def test_status_imports_nothing_big() -> None:
    program = (
        "import sys; from twin.cli.main import main; main(['status', '--json']);"
        "print([m for m in ('rich', 'boto3', 'aiohttp', 'moto', 'yaml') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"TWIN_HOME": "/nonexistent"},
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "[]"
