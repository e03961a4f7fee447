"""What `make up` shows of `pulumi up`."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from common.command.exit_codes import ExitCode
from infra.configuration.errors import ConfigurationProblem, InvalidStackConfiguration
from tools.local.stack.deploy import (
    _DONE_LINE,
    deploy_error,
    extract_diagnostics,
    extract_summary,
    follow_progress,
    format_counts,
    pulumi_environment,
)
from tools.setup.progress import ProgressStep

UP = """Updating (local):

 +  pulumi:pulumi:Stack muster-local creating (0s)
@ updating....
 +  aws:ec2:Vpc muster-eu-central-1 creating (0s)
 +  aws:ec2:Vpc muster-eu-central-1 created (0.3s)
 ~  aws:lambda:Function muster-us-west-2 updating (0s) [diff: ~code]
 ~  aws:lambda:Function muster-us-west-2 updated (0.9s)
 +- aws:lb:TargetGroup muster-us-west-2 replaced (0.01s)
 -- aws:lb:TargetGroup muster-us-west-2 deleted (0.1s)
 +  pulumi:pulumi:Stack muster-local created (4s)
Outputs:
    url: "http://127.75.2.106"

Resources:
    + 2 created
    ~ 1 updated
    +-1 replaced
    4 changes. 40 unchanged

Duration: 5s
"""
NO_CHANGE = "Updating (local):\n\nResources:\n    44 unchanged\n\nDuration: 1s\n"
FAILED = """Updating (local):

 +  aws:ec2:Vpc x creating (0s) error: the reason
Diagnostics:
  aws:ec2:Vpc (x):
    error: the reason

  pulumi:pulumi:Stack (muster-local):
    error: update failed

Resources:
    1 errored
"""


def test_only_completed_changes_are_counted() -> None:
    done = [match[1] for line in UP.splitlines() if (match := _DONE_LINE.match(line))]

    assert sorted(done) == ["created", "created", "deleted", "replaced", "updated"]


def test_counts_are_formatted_with_their_words() -> None:
    assert format_counts({"updated": 1, "created": 12}) == "12 created, 1 updated"
    assert format_counts({}) == ""


def test_the_summary_is_extracted_from_pulumis_output() -> None:
    assert extract_summary(UP) == "2 created, 1 updated, 1 replaced, 40 unchanged"
    assert extract_summary(NO_CHANGE) == "44 unchanged"
    assert extract_summary("") == "done"


def test_a_failure_shows_the_diagnostics_only() -> None:
    shown = extract_diagnostics(FAILED)

    assert shown.splitlines()[:2] == ["  aws:ec2:Vpc (x):", "    error: the reason"]
    assert "creating" not in shown


def test_a_failure_without_diagnostics_shows_the_last_lines() -> None:
    assert extract_diagnostics("a\n\nerror: no stack\n") == "a\nerror: no stack"


WRONG = InvalidStackConfiguration(
    "local", [ConfigurationProblem("muster:function_timeout", "5", "must be less than 4")]
)


@pytest.mark.parametrize(
    ("output", "code"),
    [
        (f"Updating\n\nDiagnostics:\n  Stack:\n    error: {WRONG}\n", ExitCode.WRONG_USAGE),
        (
            "error: validating stack config: Stack 'local' with configuration key"
            " 'function_timeout' must be of type 'integer'\n",
            ExitCode.WRONG_USAGE,
        ),
        (FAILED, ExitCode.FAILED),
    ],
    ids=["refused by the program", "refused by Pulumi", "failed"],
)
def test_a_wrong_configuration_is_told_from_a_failed_deployment(
    output: str, code: ExitCode
) -> None:
    error = deploy_error(Path("/logs/pulumi-up.log"), output)

    assert error.exit_code == code
    assert str(error).startswith("pulumi up failed; its output is in /logs/pulumi-up.log\n")


class InterruptingStep(ProgressStep):
    """Presses Ctrl-C at the first update of its progress."""

    def update(self, what: str) -> None:
        raise KeyboardInterrupt


def test_ctrl_c_waits_until_pulumi_has_ended(tmp_path: Path) -> None:
    out = io.StringIO()
    begun = "import time; time.sleep(0.8); print(' +  aws:ec2:Vpc muster created (0.3s)')"
    command = [sys.executable, "-c", begun]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        pytest.raises(KeyboardInterrupt),
    ):
        follow_progress(process, tmp_path / "log", InterruptingStep("pulumi up", out))

    assert process.returncode == 0
    assert "Vpc muster created" in (tmp_path / "log").read_text()
    assert "Ctrl-C again kills it" in out.getvalue()


def test_a_full_disk_does_not_hold_up_pulumi() -> None:
    lines = "for n in range(5000): print(' +  aws:ec2:Vpc muster-%05d created (0.3s)' % n)"
    command = [sys.executable, "-c", lines]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        follow_progress(process, Path("/dev/full"), ProgressStep("pulumi up", io.StringIO()))

    assert process.returncode == 0


def test_pulumi_gets_no_variables_for_real_accounts() -> None:
    given = {"PATH": "/bin", "HOME": "/me", "AWS_PROFILE": "mine", "PULUMI_STACK": "prod"}

    environ = pulumi_environment(given, {"AWS_REGION": "eu-central-1"}, [Path("/own")])

    assert environ["PATH"] == "/own:/bin"
    assert (environ["HOME"], environ["AWS_REGION"]) == ("/me", "eu-central-1")
    assert not {"AWS_PROFILE", "PULUMI_STACK"} & environ.keys()
