"""What action.yml and GitLab's example name is there: targets, commands, options, inputs."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from muster.cli.main import cli
from muster.drill.scenario.catalogue import find_scenario
from tests.ci_examples import (
    PAGE,
    ROOT,
    WORKFLOW_FILE,
    ActionStep,
    action_steps,
    gitlab_lines,
    read_action,
    read_gitlab_job,
)

STEPS = action_steps()
DEFAULTS = {name: one["default"] for name, one in read_action()["inputs"].items()}
LINES = [
    *(line for step in STEPS for line in step.script.replace("\\\n", " ").splitlines()),
    *gitlab_lines(),
]
MUSTER_LINES = [line for line in LINES if re.match(r"\s*muster ", line)]
MAKE_LINES = [line for line in LINES if re.match(r"\s*make ", line)]

each_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)


def words_of(line: str) -> list[str]:
    """The words of a command, with the inputs' defaults in the place of variables."""
    filled = line.replace('"${arguments[@]}"', DEFAULTS["arguments"])
    filled = filled.replace('"$SCENARIO"', DEFAULTS["scenario"]).partition("||")[0]
    return shlex.split(filled)


@each_step
def test_a_script_of_the_action_is_one_of_bash(step: ActionStep) -> None:
    checked = subprocess.run(
        ["bash", "-n"], input=step.script, text=True, capture_output=True, check=False
    )

    assert step.shell == "bash"
    assert checked.stderr == ""


@each_step
def test_an_input_reaches_a_script_as_a_variable_only(step: ActionStep) -> None:
    """An expression in a script would let an input's text be run as one."""
    assert "${{" not in step.script
    used = set(re.findall(r"\$\{?([A-Z][A-Z_]*)", step.script))
    assert {name for name in used if not name.startswith("GITHUB_")} == set(step.variables)


def test_every_input_and_output_that_is_named_exists() -> None:
    text = yaml.safe_dump(read_action()["runs"])

    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(DEFAULTS)
    assert [*read_action()["outputs"]] == ["exit-code"]
    assert 'echo "exit-code=$code" >> "$GITHUB_OUTPUT"' in LINES


def test_the_examples_run_drills_and_bring_the_twin_up_and_down() -> None:
    assert len(MUSTER_LINES) == 4
    assert len(MAKE_LINES) == 4


@pytest.mark.parametrize("line", MAKE_LINES)
def test_a_target_of_make_and_its_variables_exist(line: str) -> None:
    _, target, *variables = words_of(line)
    makefile = (ROOT / "Makefile").read_text()

    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    for name in (one.partition("=")[0] for one in variables):
        assert re.search(rf"^{name} \?=", makefile, re.MULTILINE), name


@pytest.mark.parametrize("line", MUSTER_LINES)
def test_a_command_of_muster_takes_its_options(line: str) -> None:
    command: click.Command = cli
    options: dict[str, click.Parameter] = {}
    words = words_of(line)[1:]
    while words:
        word = words.pop(0)
        options |= {name: one for one in command.params for name in one.opts}
        if word in parameters_of(words_of(line)):
            words.pop(0)
        elif word.startswith("--"):
            option = options[word]
            assert isinstance(option, click.Option)
            if not option.is_flag:
                words.pop(0)
        elif isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            assert found is not None, word
            command = found
        else:
            assert word == DEFAULTS["scenario"]
    assert not isinstance(command, click.Group)


def parameters_of(words: list[str]) -> set[str]:
    """The scenario's own options in the command line of a drill."""
    if "drill" not in words:
        return set()
    return {f"--{one.name}" for one in find_scenario(DEFAULTS["scenario"], None).parameters}


def test_the_workflow_uses_the_action_with_inputs_that_it_has() -> None:
    workflow = yaml.safe_load(WORKFLOW_FILE.read_text())
    (step,) = (s for s in workflow["jobs"]["drill"]["steps"] if s.get("uses") == "./")

    assert set(step["with"]) <= set(DEFAULTS)
    assert step["with"].items() <= DEFAULTS.items()


def test_the_page_shows_the_workflow_and_every_input_with_its_default() -> None:
    page = PAGE.read_text()

    assert f"```yaml\n{WORKFLOW_FILE.read_text()}```" in page
    for name, default in DEFAULTS.items():
        assert f"| `{name}` | `{default}` |" in page


def test_what_gitlab_keeps_is_what_its_script_writes() -> None:
    job = read_gitlab_job()
    artifacts: dict[str, Any] = job["artifacts"]
    written = {
        Path(words[words.index(option) + 1])
        for words in map(words_of, (line for line in job["script"] if "--junit" in line))
        for option in ("--junit", "--markdown")
    }

    assert Path(artifacts["reports"]["junit"]) in written
    assert {str(path.parent) for path in written} == set(artifacts["paths"])
    assert all((ROOT / name).is_file() for name in job["cache"]["key"]["files"])
