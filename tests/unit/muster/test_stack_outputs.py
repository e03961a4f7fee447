"""Reading a stack's outputs."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from muster import stack_outputs
from muster.config import MusterSettings, read_settings
from muster.errors import InvalidStackOutputs, StateBackendSilent, UnknownRegion
from muster.stack_outputs import find_region, load_stack, parse_outputs
from tests.unit.muster.sample_stack import (
    ACCOUNT,
    DOMAIN,
    OREGON,
    make_dns_outputs,
    make_outputs,
    make_region_outputs,
    make_stack,
)


def make_settings(
    folder: Path, flags: dict[str, object] | None = None, **environ: str
) -> MusterSettings:
    return read_settings(flags, environ={"USER": "me", **environ}, folder=folder)


def fake_pulumi(document: dict[str, Any]) -> tuple[stack_outputs.RunPulumi, list[list[str]]]:
    """The `pulumi` program with these outputs, and its command lines."""
    ran: list[list[str]] = []

    def run(command: list[str], folder: Path, timeout_s: float) -> str:
        ran.append(command)
        return json.dumps(document)

    return run, ran


def test_outputs_become_a_stack() -> None:
    found = make_stack(replication_pause_templates={OREGON: "EXT1"})

    assert found.regions[OREGON].declared_dial == 100
    assert found.account == ACCOUNT
    assert found.replication_pause_templates == {OREGON: "EXT1"}
    assert found.source == "outputs.json"


ALARM = {"shows": "replication", "regions": [OREGON, "eu-central-1"]}


def test_the_stacks_alarms_are_known_by_their_regions_and_names() -> None:
    found = make_stack(alarms={"us-east-1": {"lag": ALARM}, OREGON: {"lag": ALARM}})

    assert set(found.alarms) == {"us-east-1:lag", f"{OREGON}:lag"}
    alarm = found.alarms["us-east-1:lag"]
    assert (alarm.shows, alarm.regions) == ("replication", (OREGON, "eu-central-1"))


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        ({**ALARM, "shows": "weather"}, "alarms.us-east-1.lag.shows: 'weather' is not one of"),
        ({**ALARM, "regions": "all"}, "alarms.us-east-1.lag.regions: 'all' is not a list"),
        ("lag", "alarms.us-east-1.lag: 'lag' is not an object"),
    ],
)
def test_a_wrong_alarm_is_named_by_its_path(alarm: object, words: str) -> None:
    with pytest.raises(InvalidStackOutputs, match="f: ") as caught:
        parse_outputs(json.dumps(make_outputs(alarms={"us-east-1": {"lag": alarm}})), "f")

    assert words in str(caught.value)


def test_unknown_outputs_are_ignored() -> None:
    assert make_stack(something="else").table == "muster-test-items"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"table": None}, "f: table: None is not a text"),
        ({"home_region": "mars-1"}, "f: home_region: mars-1 is not among regions: eu-central-1"),
        ({"static_ips": []}, "f: static_ips: [] is not a list of addresses"),
        ({"static_ips": ["x"]}, "f: static_ips[0]: 'x' is not an address"),
        ({"accelerator_arn": "arn:aws:s3:::x"}, "is not an ARN of globalaccelerator"),
        ({"regions": {}}, "f: regions: {} is not an object with a member for each Region"),
        ({"regions": {OREGON: 3}}, "f: regions.us-west-2: 3 is not an object"),
        (
            {"regions": {OREGON: {**make_region_outputs(OREGON), "declared_dial": 120}}},
            "f: regions.us-west-2.declared_dial: 120 is not a number from 0 to 100",
        ),
        (
            {"regions": {OREGON: {**make_region_outputs(OREGON), "alb_arn": ""}}},
            "f: regions.us-west-2.alb_arn: '' is not a text",
        ),
    ],
)
def test_a_wrong_field_is_named_by_its_path(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidStackOutputs) as caught:
        parse_outputs(json.dumps(make_outputs(**changes)), "f")

    assert words in str(caught.value)


@pytest.mark.parametrize("name", sorted(make_outputs()))
def test_a_missing_field_is_named(name: str) -> None:
    document = make_outputs()
    del document[name]

    with pytest.raises(InvalidStackOutputs, match=f"f: {name}: missing"):
        parse_outputs(json.dumps(document), "f")


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_outputs_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(InvalidStackOutputs, match="f: "):
        parse_outputs(text, "f")


def test_a_file_of_the_settings_is_read(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text(json.dumps(make_outputs()))

    assert load_stack(make_settings(tmp_path, {"outputs": "out.json"})).source == str(
        tmp_path / "out.json"
    )


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidStackOutputs, match=r"out\.json: no such file"):
        load_stack(make_settings(tmp_path, {"outputs": "out.json"}))
    with pytest.raises(InvalidStackOutputs, match=r": can't be read: Is a directory$"):
        load_stack(make_settings(tmp_path, {"outputs": str(tmp_path)}))


def test_without_settings_the_twins_outputs_in_the_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / ".twin").mkdir()
    (tmp_path / ".twin" / "outputs.json").write_text(json.dumps(make_outputs()))

    assert load_stack(make_settings(tmp_path)).source.endswith(".twin/outputs.json")


def test_a_stack_of_the_settings_is_read_from_pulumi(tmp_path: Path) -> None:
    (tmp_path / ".twin").mkdir()
    (tmp_path / ".twin" / "outputs.json").write_text("not asked for")
    run, ran = fake_pulumi(make_outputs())

    found = load_stack(make_settings(tmp_path, {"stack": "prod"}), run)

    assert ran == [["pulumi", "stack", "output", "--json", "--non-interactive", "--stack", "prod"]]
    assert found.source == "pulumi stack output"


def test_a_stack_of_an_option_precedes_a_file_of_the_environment(
    tmp_path: Path,
) -> None:
    run, ran = fake_pulumi(make_outputs())

    load_stack(make_settings(tmp_path, {"stack": "prod"}, MUSTER_OUTPUTS="out.json"), run)

    assert len(ran) == 1


def test_a_file_and_a_stack_from_options_are_a_conflict(tmp_path: Path) -> None:
    with pytest.raises(InvalidStackOutputs, match="--outputs and --stack: both say"):
        load_stack(make_settings(tmp_path, {"stack": "prod", "outputs": "out.json"}))


def test_the_error_output_of_pulumi_is_shown(tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\necho 'error: no stack selected' >&2; exit 255\n")
    program.chmod(0o755)

    with pytest.raises(
        InvalidStackOutputs, match=r"error: no stack selected; name a stack \(--stack\)"
    ):
        stack_outputs.run_pulumi([str(program), "stack"], tmp_path, 60)


def test_a_missing_pulumi_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StateBackendSilent, match=r"no pulumi on PATH; .*`source .twin/env`"):
        stack_outputs.run_pulumi([str(tmp_path / "nothing")], tmp_path, 60)


def test_a_pulumi_without_an_answer_is_ended(tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)

    with pytest.raises(StateBackendSilent, match="no answer within 0 s"):
        stack_outputs.run_pulumi([str(program), "stack"], tmp_path, 0.05)


BACKEND_DOWN = StateBackendSilent("`pulumi stack output`", "503 from the backend")


@dataclass
class FailingPulumi:
    """A Pulumi that fails, and how long it was waited for."""

    error: InvalidStackOutputs = BACKEND_DOWN
    waits_s: list[float] = field(default_factory=list)

    def __call__(self, command: list[str], folder: Path, timeout_s: float) -> str:
        self.waits_s.append(timeout_s)
        raise self.error


def test_outputs_are_kept_and_used_with_a_notice_while_the_backend_is_down(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, {"stack": "org/muster/prod"})
    run, _ = fake_pulumi(make_outputs())
    read = load_stack(settings, run)
    kept = tmp_path / ".muster" / "outputs-prod.json"
    down = FailingPulumi()

    found = load_stack(settings, down, lambda: kept.stat().st_mtime + 7200)

    assert (read.notice, read.kept_age_s) == ("", None)
    assert found.regions == read.regions
    assert found.kept_age_s == 7200
    assert found.notice.startswith("these are the outputs of 2:00 h ago, kept in ")
    assert "503 from the backend" in found.notice
    assert down.waits_s == [stack_outputs.KEPT_TIMEOUT_S]


def test_without_kept_outputs_the_backend_is_waited_for_longer(tmp_path: Path) -> None:
    down = FailingPulumi()

    with pytest.raises(InvalidStackOutputs, match=r"503 from the backend; name a stack"):
        load_stack(make_settings(tmp_path, {"stack": "prod"}), down)

    assert down.waits_s == [stack_outputs.PULUMI_TIMEOUT_S]


def test_kept_outputs_need_the_name_of_their_stack(tmp_path: Path) -> None:
    """The folder's selected stack may be another one by now."""
    run, _ = fake_pulumi(make_outputs())
    load_stack(make_settings(tmp_path, {"stack": "prod"}), run)

    with pytest.raises(InvalidStackOutputs, match=r"kept of prod: name the stack \(--stack prod\)"):
        load_stack(make_settings(tmp_path), FailingPulumi())


def test_an_answer_about_the_stack_is_not_hidden_by_kept_outputs(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, {"stack": "prod"})
    load_stack(settings, fake_pulumi(make_outputs())[0])
    gone = FailingPulumi(InvalidStackOutputs("pulumi", "no stack named 'prod' found"))

    with pytest.raises(InvalidStackOutputs, match="no stack named"):
        load_stack(settings, gone)
    with pytest.raises(InvalidStackOutputs, match="missing"):
        load_stack(settings, fake_pulumi({})[0])


def test_outputs_that_can_not_be_kept_are_used_all_the_same(tmp_path: Path) -> None:
    (tmp_path / ".muster").write_text("a file in the place of the folder")

    found = load_stack(make_settings(tmp_path, {"stack": "prod"}), fake_pulumi(make_outputs())[0])

    assert "could not be kept" in found.notice


def test_the_error_for_an_unknown_region_lists_the_known_ones() -> None:
    with pytest.raises(UnknownRegion, match="mars-1 is not a Region of the stack; it has eu-"):
        find_region(make_stack(), "mars-1")
    with pytest.raises(UnknownRegion, match=r"; did you mean eu-central-1\?$"):
        find_region(make_stack(), "eu-centrl-1")


def test_a_stack_may_have_the_dns_door_beside_the_accelerator() -> None:
    found = make_stack(dns=make_dns_outputs("latency"))

    assert found.doors == ("accelerator", "dns")
    assert found.dns is not None
    assert (found.dns.domain, found.dns.policy, found.dns.ttl_s) == (DOMAIN, "latency", 60)
    assert found.dns.regions[OREGON].health_check_id == f"check-{OREGON}"


@pytest.mark.parametrize("missing", [{}, {"dns": None}])
def test_a_stack_without_the_dns_door_has_none(missing: dict[str, object]) -> None:
    assert make_stack(**missing).doors == ("accelerator",)


def test_a_stack_may_have_the_dns_door_alone() -> None:
    outputs = make_outputs(dns=make_dns_outputs())
    for name in ("static_ips", "accelerator_dns", "accelerator_arn", "url"):
        del outputs[name]
    for name in outputs["regions"]:
        outputs["regions"][name] |= dict.fromkeys(
            ("alb_dns", "alb_arn", "target_group_arn", "endpoint_group_arn")
        )

    found = parse_outputs(json.dumps(outputs), "f")

    assert (found.doors, found.static_ips, found.account) == (("dns",), (), "")
    assert found.url == f"https://{DOMAIN}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"domain": 7}, "f: dns.domain: 7 is not a text"),
        ({"https_port": 0}, "f: dns.https_port: 0 is not a number from 1 to 65535"),
        ({"ttl_s": True}, "f: dns.ttl_s: True is not a number"),
        ({"name_servers": "x"}, "f: dns.name_servers: 'x' is not a list of texts"),
        ({"regions": {OREGON: {}}}, f"f: dns.regions.{OREGON}.name: missing"),
    ],
)
def test_a_wrong_field_of_the_dns_door_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidStackOutputs, match="dns") as error:
        parse_outputs(json.dumps(make_outputs(dns=make_dns_outputs(**changes))), "f")

    assert words in str(error.value)


def test_the_dns_door_has_the_stacks_regions() -> None:
    dns = make_dns_outputs()
    del dns["regions"][OREGON]

    with pytest.raises(InvalidStackOutputs, match="must have the stack's Regions"):
        parse_outputs(json.dumps(make_outputs(dns=dns)), "f")
