"""The command line as a whole: errors, exit codes, confirmation, help without imports."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from muster.cli.main import COMMANDS, cli
from tests.command_help import find_unclear_helps
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.fake_aws import FakeFailure
from tests.unit.muster.sample_stack import OREGON

ROOT = Path(__file__).resolve().parents[4]
CHANGES = (
    "dial us-west-2 50",
    "health us-west-2 fail",
    "fault inject throttle us-west-2",
    "fault clear throttle us-west-2",
)


@pytest.mark.parametrize("line", CHANGES)
def test_a_change_on_aws_needs_a_terminal_or_yes(
    on_aws: CommandLine, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, errors = on_aws.main(line, capsys)

    assert code == 2
    assert (
        "this changes AWS, account 123456789012, and there is no terminal to confirm it at"
        in errors
    )
    changing = ("Put", "Update", "Delete", "Start", "Stop")
    assert not [call for call in on_aws.aws.calls if call.operation.startswith(changing)]


@pytest.mark.parametrize("line", CHANGES)
def test_yes_replaces_the_confirmation(
    on_aws: CommandLine, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert on_aws.main(f"{line} --yes", capsys)[0] == 0


@pytest.mark.parametrize("line", CHANGES)
def test_the_twin_is_changed_without_confirmation(
    on_twin: CommandLine, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, errors = on_twin.main(line, capsys)

    assert code == 0
    assert errors.startswith("the twin at http://127.0.0.1:4599, account 123456789012 (arn:")


@pytest.mark.parametrize(("answer", "dial"), [("y\n", 50.0), ("n\n", 100.0), ("", 100.0)])
def test_a_change_is_confirmed_at_the_terminal(
    on_aws: CommandLine, answer: str, dial: float
) -> None:
    on_aws.interactive = True

    done = on_aws.run("dial us-west-2 50", answer)

    assert "AWS, account 123456789012 (arn:aws:iam::123456789012:user/tester)" in done.stderr
    assert "dial of us-west-2 to 50 %" in done.stderr
    assert on_aws.aws.dials[OREGON] == dial


def test_credentials_of_another_account_change_nothing(
    on_aws: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    on_aws.aws.account = "999999999999"

    code, _, errors = on_aws.main("dial us-west-2 50 --yes", capsys)

    assert code == 2
    assert "of account 999999999999" in errors
    assert on_aws.aws.dials[OREGON] == 100


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("dial mars-1 50 --yes", 2, "mars-1 is not a Region of the stack"),
        ("dial us-west-2 300 --yes", 2, "'300' is not a percentage from 0 to 100"),
        ("health us-west-2 off", 2, "Invalid value for 'STATUS': 'off' is not one of"),
        ("dns weight us-west-2 x", 2, "'x' is not a whole number from 0 to 255"),
        ("dns weight us-west-2 256", 2, "'256' is not a whole number from 0 to 255"),
        ("dns invert us-west-2 of", 2, "Invalid value for 'STATE': 'of' is not one of"),
        ("health us-west-2 fail --for soon", 2, "'soon' is not a length of time"),
        ("fault inject region-kill us-west-2 --yes", 2, "needs a twin"),
        ("fault inject throttle --yes", 2, "throttle: name the Region"),
        ("fault inject throtle us-west-2 --yes", 2, "; did you mean throttle?"),
        ("dial us-west-2 50 --force dial-stp", 2, "; did you mean dial-step?"),
        ("nothing", 2, "No such command 'nothing'"),
        ("--outputs nowhere.json status", 2, "nowhere.json: no such file"),
        ("--config nowhere.yaml status", 2, "it must be a file that is there"),
        ("--timeout-s 99 status", 2, "timeout_s is '99' (from --timeout-s)"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    on_aws: CommandLine,
    line: str,
    code: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    exit_code, _, errors = on_aws.main(line, capsys)

    assert exit_code == code
    assert message in errors
    assert "Traceback" not in errors


def test_a_refused_change_has_exit_code_3(
    on_twin: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    on_twin.aws.dials = {"eu-central-1": 0.0, OREGON: 100.0}

    force = "--force dial-step --force last-healthy-region --force all-dials-zero"

    refused, _, findings = on_twin.main("dial us-west-2 0", capsys)
    forced, _, errors = on_twin.main(f"dial us-west-2 0 {force}", capsys)

    assert (refused, forced) == (3, 3)
    assert "guard all-dials-zero refuses: with us-west-2 every dial would be 0" in findings
    assert "every dial would be 0" in errors
    assert "nothing overrides that" in errors
    assert "all-dials-zero overridden" not in errors


def test_a_failed_change_has_exit_code_1(
    on_twin: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    on_twin.aws.fail("UpdateEndpointGroup", FakeFailure("AccessDeniedException"))

    assert on_twin.main("dial us-west-2 50", capsys)[0] == 1


def test_an_internal_error_is_a_line_and_a_log_file(
    on_twin: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    on_twin.aws.targets = {}  # breaks the fake: a KeyError that no code handles

    code, _, errors = on_twin.main("status", capsys)

    assert code == 70
    assert "this should not happen: KeyError" in errors
    log = Path(errors.split("traceback: ")[1].strip())
    assert "Traceback" in log.read_text()
    log.unlink()


def test_the_help_lists_every_command(
    on_aws: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    _, output, _ = on_aws.main("--help", capsys)

    for name, lazy in COMMANDS.items():
        assert f"  {name} " in output
        assert lazy.help in output


@pytest.mark.parametrize("line", [["--help"], ["completion", "bash"]])
def test_help_and_completion_import_neither_boto3_nor_rich(line: list[str]) -> None:
    program = (
        "import sys; from muster.cli.main import main; main(sys.argv[1:]);"
        "print([m for m in ('boto3', 'botocore', 'rich', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *line], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_every_setting_with_a_flag_has_one_on_the_command_line() -> None:
    names = {parameter.name for parameter in cli.params}

    assert {"config", "outputs", "stack", "endpoint_url", "profile", "by", "timeout_s"} <= names


def test_json_output_is_one_object(
    on_twin: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in ("status", "dial us-west-2 50", "health us-west-2 fail"):
        _, output, _ = on_twin.main(f"{line} --json", capsys)
        assert isinstance(json.loads(output), dict)


def test_the_version_is_the_projects_and_tells_the_build(
    on_aws: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    code, output, _ = on_aws.main("--version", capsys)

    assert code == 0
    assert re.fullmatch(rf"muster {re.escape(version)}\+[0-9a-f]{{8}}\n", output)


def test_help_fits_into_80_columns_and_names_what_is_meant() -> None:
    assert list(find_unclear_helps(cli, "muster")) == []
