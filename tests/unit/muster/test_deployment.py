"""A deployment, opened from settings and stack outputs."""

import json
from pathlib import Path

import pytest

from muster.config import read_settings
from muster.deployment import Deployment, make_clients
from muster.errors import AccountError, CallFailed, FaultUnavailable, InvalidSetting
from muster.levers import Fault
from muster.probe.plan import VantagePoint
from muster.probe.targets import THIS_MACHINE
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import NotifiedLines
from tests.unit.muster.sample_stack import ACCOUNT, ENDPOINT, LOOPBACK, OREGON, make_outputs

PAUSE = Fault(kind="replication-pause", region=OREGON)


def open_deployment(
    folder: Path,
    aws: FakeAws,
    *,
    twin: bool = False,
    outputs: dict[str, object] | None = None,
    **flags: object,
) -> Deployment:
    """The stack of the fake AWS, with these changes of its outputs and these settings."""
    changes: dict[str, object] = {**(LOOPBACK if twin else {}), **(outputs or {})}
    (folder / "out.json").write_text(json.dumps(make_outputs(**changes)))
    environ = {"MUSTER_OUTPUTS": "out.json", "USER": "me"}
    if twin:
        environ["AWS_ENDPOINT_URL"] = ENDPOINT
    return Deployment.open(
        read_settings(flags, environ=environ, folder=folder),
        environ=environ,
        clock=aws.clock,
        clients=aws.clients(ENDPOINT if twin else None),
    )


def test_opening_calls_nothing(tmp_path: Path) -> None:
    aws = FakeAws()

    deployment = open_deployment(tmp_path, aws)

    assert deployment.location.kind == "aws"
    assert list(deployment.stack.regions) == ["eu-central-1", OREGON]
    assert aws.calls == []


def test_the_outputs_of_a_twin_are_refused_without_its_endpoint(tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="is of a twin"):
        open_deployment(tmp_path, FakeAws(), outputs=dict(LOOPBACK))


def test_a_profile_is_refused_or_named_on_a_twin_which_has_no_use_for_it(tmp_path: Path) -> None:
    environ = {"AWS_ENDPOINT_URL": ENDPOINT}
    settings = read_settings({"profile": "mine"}, environ=environ, folder=tmp_path)
    with pytest.raises(InvalidSetting, match=r"profile is 'mine' \(from --profile\).*left out"):
        make_clients(settings, environ)
    (tmp_path / "muster.yaml").write_text("profile: mine\n")

    on_twin = open_deployment(tmp_path, FakeAws(), twin=True)
    on_aws = open_deployment(tmp_path, FakeAws(), profile="mine")

    (notice,) = on_twin.notices()
    assert notice.startswith("profile mine (from ")
    assert notice.endswith("muster.yaml, key profile) has no effect on a twin")
    assert on_aws.notices() == ()


async def test_the_stacks_alarms_are_watched_beside_the_named_ones(tmp_path: Path) -> None:
    own = {"shows": "health", "regions": [OREGON]}
    aws = FakeAws(alarms={"hosts": "ALARM", "mine": "OK"})
    deployment = open_deployment(
        tmp_path, aws, outputs={"alarms": {OREGON: {"hosts": own}}}, alarms=f"{OREGON}:mine"
    )

    view = await deployment.telemetry().view()

    assert view.alarms == {f"{OREGON}:hosts": "ALARM", f"{OREGON}:mine": "OK"}


async def test_the_identity_is_that_of_the_credentials(tmp_path: Path) -> None:
    identity = await open_deployment(tmp_path, FakeAws()).identify()

    assert identity.account == ACCOUNT


async def test_a_persons_levers_retry_and_notify_and_a_drills_levers_do_not(
    tmp_path: Path,
) -> None:
    aws, lines = FakeAws(), NotifiedLines()
    deployment = open_deployment(tmp_path, aws)

    aws.fail("ListEndpointGroups", FakeFailure("ThrottlingException"))
    await deployment.levers(notify=lines).set_dial(OREGON, 50, within_s=60)
    aws.fail("ListEndpointGroups", FakeFailure("ThrottlingException"))
    with pytest.raises(CallFailed, match="ThrottlingException"):
        await deployment.single_attempt_levers(notify=lines).set_dial(OREGON, 0, within_s=60)

    assert aws.dials[OREGON] == 50
    assert len(lines.lines) == 1
    assert "ThrottlingException" in lines


async def test_a_throttle_is_recorded_with_the_operator_of_the_settings(tmp_path: Path) -> None:
    aws = FakeAws()

    levers = open_deployment(tmp_path, aws, by="ann@desk").levers(notify=NotifiedLines())
    await levers.inject(Fault(kind="throttle", region=OREGON))

    assert aws.tables[OREGON][f"fault#throttle#{OREGON}"]["by"] == {"S": "ann@desk"}


@pytest.mark.parametrize(
    ("setting", "template"), [({}, "EXT-stack"), ({OREGON: "EXT-setting"}, "EXT-setting")]
)
async def test_a_template_of_the_settings_replaces_the_stacks(
    tmp_path: Path, setting: dict[str, str], template: str
) -> None:
    aws = FakeAws()
    (tmp_path / "muster.yaml").write_text(json.dumps({"replication_pause_templates": setting}))
    outputs: dict[str, object] = {"replication_pause_templates": {OREGON: "EXT-stack"}}
    deployment = open_deployment(tmp_path, aws, outputs=outputs)

    await deployment.levers(notify=NotifiedLines()).inject(PAUSE)

    (call,) = aws.made("StartExperiment")
    assert call.given["experimentTemplateId"] == template


async def test_on_aws_there_is_no_twin_and_probes_come_from_this_machine(tmp_path: Path) -> None:
    deployment = open_deployment(tmp_path, FakeAws())

    assert deployment.twin is None
    assert await deployment.vantages() == THIS_MACHINE


async def test_on_a_twin_the_vantage_points_need_its_command(tmp_path: Path) -> None:
    deployment = open_deployment(tmp_path, FakeAws(), twin=True)

    with pytest.raises(FaultUnavailable, match="there is no `twin` command"):
        await deployment.vantages()


async def test_vantage_points_of_the_settings_come_first(tmp_path: Path) -> None:
    deployment = open_deployment(tmp_path, FakeAws(), twin=True, vantages=["office=127.0.0.9"])

    assert await deployment.vantages() == (VantagePoint(name="office", source="127.0.0.9"),)


@pytest.mark.parametrize("twin", [False, True])
async def test_telemetry_reads_faults_of_the_twin_from_its_endpoint_only(
    tmp_path: Path, twin: bool
) -> None:
    cut: dict[str, object] = {
        "name": "network-cut",
        "role": "r",
        "region": OREGON,
        "since_s": 1.0,
        "until_s": None,
        "left_s": None,
        "delay_ms": 0.0,
    }
    aws = FakeAws(twin_faults=[cut])

    reading, problems = await open_deployment(tmp_path, aws, twin=twin).telemetry().faults()

    assert [fault.kind for fault in reading.faults or ()] == (["network-cut"] if twin else [])
    assert problems == ()


def test_an_unknown_profile_is_refused_before_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody has this")
    settings = read_settings({}, environ={}, folder=tmp_path)

    with pytest.raises(InvalidSetting, match=r"profile is 'nobody has this' \(from AWS_PROFILE\)"):
        make_clients(settings, {})
