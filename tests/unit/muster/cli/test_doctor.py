"""`muster doctor`: its exit codes, its table and its document."""

import json
from pathlib import Path

from tests.unit.muster.cli.builders import Capture, set_switch
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import OREGON

ROOT = Path(__file__).resolve().parents[4]


def test_a_healthy_stack_has_nothing_wrong(on_aws: CommandLine, capsys: Capture) -> None:
    code, output, _ = on_aws.main("doctor --json", capsys)
    document = json.loads(output)

    # The clock of the test does not pass while it sleeps, so nothing is late.
    assert [f for f in document["findings"] if f["verdict"] not in ("ok", "note")] == []
    assert (code, document["exit_code"]) == (0, 0)
    assert {finding["verdict"] for finding in document["findings"]} == {"ok", "note"}


def test_what_is_wrong_is_shown_with_what_to_do(on_aws: CommandLine, capsys: Capture) -> None:
    on_aws.aws.dials[OREGON] = 50.0
    set_switch(on_aws, "fail", 600)
    on_aws.aws.denied = {"dynamodb:PutItem"}

    code, output, _ = on_aws.main("doctor", capsys)

    assert code == 3
    assert "!  dials" in output
    assert "-> `muster dial us-west-2 100`" in output
    assert "-> `muster health us-west-2 auto`" in output
    assert "dynamodb:PutItem on arn:aws:dynamodb" in output
    assert " wrong, 0 not known, of " in output


def test_what_is_not_known_has_an_exit_code_of_its_own(
    on_aws: CommandLine, capsys: Capture
) -> None:
    on_aws.aws.down = {"iam"}

    code, output, _ = on_aws.main("doctor", capsys)

    assert code == 1
    assert "?  permissions" in output
    assert "0 wrong, 1 not known" in output


def test_a_first_deployment_needs_no_outputs(on_aws: CommandLine, capsys: Capture) -> None:
    on_aws.aws.quota, on_aws.aws.used = 5.0, 5
    (on_aws.folder / "Pulumi.prod.yaml").write_text((ROOT / "Pulumi.prod.yaml").read_text())

    code, output, _ = on_aws.main("doctor --deployment Pulumi.prod.yaml", capsys)

    assert code == 3
    assert "us-west-2: VPCs per Region: 5 of 5 are used, and the stack needs 1" in output
    assert "this is about a first deployment" in output
    assert on_aws.aws.made("GetItem") == []


def test_without_outputs_it_says_how_to_name_the_stack(
    on_aws: CommandLine, capsys: Capture
) -> None:
    code, output, _ = on_aws.main("--outputs missing.json doctor", capsys)

    assert code == 3
    assert "missing.json: no such file" in output
    assert "muster doctor --deployment Pulumi.prod.yaml" in output
    assert "ok  credentials" in output


def test_who_is_told_about_drills_is_looked_at_without_sending(
    on_aws: CommandLine, capsys: Capture
) -> None:
    on_aws.environ = {"MUSTER_WEBHOOKS": "https://a.example.com/x header=X-Token:DRILL_TOKEN"}

    code, output, _ = on_aws.main("doctor", capsys)

    assert code == 3
    assert "webhook 1 (https://a.example.com): variable DRILL_TOKEN" in output
