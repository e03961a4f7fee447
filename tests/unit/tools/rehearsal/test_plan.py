"""The steps of a rehearsal."""

from dataclasses import replace

import pytest

from tests.unit.tools.rehearsal.builders import make_subject
from tools.rehearsal.plan import (
    RehearsalError,
    parse_subject,
    plan_clean_up,
    plan_rehearsal,
)


def test_the_whole_life_of_a_stack_is_walked_and_ends_with_its_destruction() -> None:
    plan = plan_rehearsal(make_subject(), short=False)
    names = [step.name for step in plan]

    assert len(set(names)) == len(names)
    assert names.index("deploy") < names.index("dial-down") < names.index("add-region")
    assert names.index("take-out-of-service") < names.index("remove-region")
    assert names[-5:] == [
        "destroy-refused",
        "unprotect",
        "lift-protection",
        "destroy",
        "nothing-left",
    ]
    assert all(0 < step.within_s <= 3600 for step in plan)


def test_a_short_one_leaves_out_what_takes_long_and_still_destroys() -> None:
    names = [step.name for step in plan_rehearsal(make_subject("local"), short=True)]

    assert "add-region" not in names
    assert not [name for name in names if name.startswith("drill-")]
    assert names[-2:] == ["destroy", "nothing-left"]
    assert "destroy-refused" not in names, "it is not protected"


def test_on_aws_every_command_names_the_stack() -> None:
    plan = (*plan_rehearsal(make_subject(), short=False), *plan_clean_up(make_subject()))

    assert [s.name for s in plan if " --stack prod" not in " ".join(s.command)] == []


@pytest.mark.parametrize(("timeout_s", "changed_s"), [(4, 3), (3, 2), (2, 3)])
def test_an_update_keeps_the_functions_time_below_the_interval_of_health_checks(
    timeout_s: int, changed_s: int
) -> None:
    subject = replace(make_subject(), function_timeout=timeout_s)
    commands = {step.name: step.command for step in plan_rehearsal(subject, short=False)}

    assert str(changed_s) in commands["change-function"]
    assert str(timeout_s) in commands["change-back"]


def test_a_clean_up_goes_on_until_the_destruction_which_must_succeed() -> None:
    """A stack that can't be deployed can't be updated, and can be destroyed."""
    steps = {step.name: step.exit_codes for step in plan_clean_up(make_subject())}

    anything = tuple(range(256))
    assert steps == {
        "roll-back": anything,
        "unlock": anything,
        "unprotect": (0,),
        "lift-protection": anything,
        "destroy": (0,),
        "nothing-left": (0,),
    }


def test_a_protected_stack_must_refuse_its_destruction_in_the_preview() -> None:
    plan = {step.name: step for step in plan_rehearsal(make_subject(), short=True)}
    step = plan["destroy-refused"]

    assert {"destroy", "--run-program", "--preview-only"} <= set(step.command)
    assert 0 not in step.exit_codes


def test_names_and_regions_are_those_of_the_stack() -> None:
    subject = make_subject("local")

    assert subject.prefix == "muster-local"
    assert subject.dns_domain == "api.muster.test"
    assert subject.all_regions == ("eu-central-1", "us-west-2", "ap-northeast-1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "must be a stack's file"),
        ("config: {}", "must be a stack's file"),
        (
            "config: {'muster:regions': [a], 'muster:home_region': a, 'muster:target': aws}",
            "two Regions at least",
        ),
        (
            "config: {'muster:regions': [a, x], 'muster:home_region': a, 'muster:target': aws}",
            "x is in Pulumi.s.yaml already",
        ),
    ],
)
def test_a_file_that_is_no_subject_is_refused(text: str, words: str) -> None:
    with pytest.raises(RehearsalError, match=words):
        parse_subject("s", text, "x")


def test_the_program_runs_when_the_stack_is_destroyed() -> None:
    """Without it the VPCs can't be deleted."""
    plan = {step.name: step for step in plan_rehearsal(make_subject(), short=True)}

    assert "--run-program" in plan["destroy"].command
