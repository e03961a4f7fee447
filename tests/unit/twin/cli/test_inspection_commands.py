"""Output of `twin status`, `twin places` and `twin logs`."""

import json
import os
from pathlib import Path

import pytest

from twin.cli.inspection_commands import LogTail
from twin.cli.main import main
from twin.runtime.instance import Instance


def test_status_of_nothing_ends_with_1_and_is_valid_json(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--json"], instance) == 1

    status = json.loads(capsys.readouterr().out)
    assert status["running"] is False
    assert status["instance"] == 16
    assert status["endpoint_url"] == "http://127.0.0.1:4582"
    assert [p["state"] for p in status["processes"]] == ["absent"] * 5
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
        "resolver": "127.176.7.1:5300",
        "socks": "127.176.7.1:1080",
        "regions": ["us-west-2", "eu-central-1"],
        "distances_km": {"eu-central-1": 8394, "us-west-2": 234},
    }
    assert places["Frankfurt"]["regions"] == ["eu-central-1", "us-west-2"]


def test_places_without_a_twin_name_every_region(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["places"], instance) == 0

    assert (
        "Tokyo          127.210.15.1  127.176.15.1:1080   ap-northeast-1 (0 km)"
        in capsys.readouterr().out
    )


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
    assert main(["logs", "us-wset-2"], instance) == 2
    known = "there are control, edge, region-us-west-2"
    assert capsys.readouterr().err == (
        f"twin: no log of 'gateway'; {known}\n"
        f"twin: no log of 'us-wset-2'; {known}; did you mean us-west-2?\n"
    )


def test_what_is_in_place_of_a_log_is_named_beside_the_others(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.logs_dir.mkdir(parents=True)
    (instance.logs_dir / "control.log").write_text("one\n")
    fifo = instance.logs_dir / "edge.log"
    os.mkfifo(fifo)

    assert main(["logs"], instance) == 0
    told = f"twin: {fifo} is a FIFO, not a log; `twin down` and `twin up` set it aside\n"
    assert capsys.readouterr() == ("control one\n", told)
    assert main(["logs", "edge"], instance) == 2
    assert capsys.readouterr() == ("", told)


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
