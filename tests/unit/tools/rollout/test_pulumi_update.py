"""The command and the environment of an update."""

from collections.abc import Mapping, Sequence

import pytest

from infra.configuration import rules
from tools.rollout.pulumi_update import (
    UNREACHABLE_VARIABLE,
    PulumiUpdate,
    pulumi_command,
    run_attended,
)
from tools.rollout.rollout import RolloutStopped

AWAY = "us-west-2"


class FakeRun:
    """Ends each command with the same code."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.calls: list[tuple[Sequence[str], Mapping[str, str]]] = []

    def __call__(self, command: Sequence[str], environ: Mapping[str, str]) -> int:
        self.calls.append((command, environ))
        return self.code


def make_update(run: FakeRun, *skipped: str) -> PulumiUpdate:
    return PulumiUpdate(stack="prod", skipped=skipped, environ={"A": "b"}, run=run)


def test_a_region_s_update_targets_its_own_resources() -> None:
    assert pulumi_command("prod", AWAY)[-2:] == ["--target", f"**::{AWAY}-*"]
    assert "--target" not in pulumi_command("prod", None)
    assert "--skip-preview" not in pulumi_command("prod", AWAY), "it finds what is protected"


def test_the_program_learns_which_regions_are_down() -> None:
    run = FakeRun()

    make_update(run)("eu-central-1")
    make_update(run, AWAY, "us-east-1")("eu-central-1")

    assert UNREACHABLE_VARIABLE == rules.UNREACHABLE_VARIABLE
    (_, alone), (_, skipping) = run.calls
    assert alone == {"A": "b"}
    assert skipping == {"A": "b", UNREACHABLE_VARIABLE: f"{AWAY},us-east-1"}


def test_an_update_that_fails_is_told_with_its_command() -> None:
    with pytest.raises(RolloutStopped, match=r"`pulumi up --stack prod .*` ends with 255"):
        make_update(FakeRun(255))(AWAY)


def test_a_missing_pulumi_is_told() -> None:
    def missing(_command: Sequence[str], _environ: Mapping[str, str]) -> int:
        raise FileNotFoundError

    update = PulumiUpdate(stack="prod", skipped=(), environ={}, run=missing)
    with pytest.raises(RolloutStopped, match="no pulumi on PATH"):
        update(None)


def test_a_command_runs_with_the_environment_that_it_is_given() -> None:
    script = 'test "$A" = b && exit 7'

    assert run_attended(["/bin/sh", "-c", script], {"A": "b"}) == 7
