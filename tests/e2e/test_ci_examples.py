"""The scripts of action.yml, and of GitLab's example, run a drill on a deployed system.

`make` is left out: the system is up already, and other tests need it afterwards.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.ci_examples import action_steps, read_action, read_gitlab_job
from tests.e2e.checkout import Checkout, CommandResult, clean_environment
from tests.e2e.system import deployed_system
from tests.e2e.system_state import all_healthy, repair_system
from tests.waiting import eventually

WITHIN_S = 400.0
SCRIPTS = {step.name: step.script for step in action_steps()}
DEFAULTS = {name: one["default"] for name, one in read_action()["inputs"].items()}


def run_script(checkout: Checkout, script: str, **variables: str) -> CommandResult:
    """Run it as GitHub does: https://docs.github.com/actions/reference/workflow-syntax."""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=checkout.path,
        env={**clean_environment(), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout)


@pytest.fixture
def checkout(deployed: Checkout) -> Iterator[Checkout]:
    """The shared system, whose state a drill restores."""
    system = deployed_system(deployed)
    eventually(lambda: all_healthy(system), 60)
    yield deployed
    repair_system(system)


@pytest.mark.parametrize(
    ("scenario", "arguments", "codes"),
    [
        # On a busy machine a guard refuses, or a stop condition ends the drill.
        (DEFAULTS["scenario"], DEFAULTS["arguments"], (0, 1, 3, 4)),
        ("nosuch", "", (2,)),
    ],
)
def test_the_action_ends_as_its_drill_does_and_shows_why(
    checkout: Checkout, tmp_path: Path, scenario: str, arguments: str, codes: tuple[int, ...]
) -> None:
    results, output, summary = (tmp_path / name for name in ("results", "output", "summary"))
    files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    given = {"SCENARIO": scenario, "ARGUMENTS": arguments, "RESULTS": str(results)}

    drill = run_script(checkout, SCRIPTS["Run the drill"], **given, **files).ok()
    code = output.read_text().strip().removeprefix("exit-code=")
    run_script(checkout, SCRIPTS["Make the report"], CODE=code, RESULTS=str(results), **files).ok()
    ended = run_script(checkout, SCRIPTS["End as the drill did"], CODE=code)

    assert int(code) in codes, drill.output
    assert ended.code == int(code)
    assert f"Exit code {code}: " in summary.read_text()
    assert_cases_agree(results / "junit.xml", int(code))
    assert (results / "report.html").exists() == (scenario != "nosuch")


def test_the_job_of_gitlab_writes_the_files_that_it_keeps(
    checkout: Checkout, tmp_path: Path
) -> None:
    job, results = read_gitlab_job(), tmp_path / "drill-results"
    script, after = (
        "\n".join(line for line in job[part] if not line.startswith("make ")).replace(
            "drill-results", str(results)
        )
        for part in ("script", "after_script")
    )

    ended = run_script(checkout, script)
    run_script(checkout, after).ok()

    assert ended.code in (0, 1, 3, 4), ended.output
    assert_cases_agree(results / "junit.xml", ended.code)
    assert (results / "report.html").exists()


def assert_cases_agree(junit: Path, code: int) -> None:
    """A case fails if the exit code is not 0, and none does otherwise."""
    suites = ET.parse(junit).getroot()  # noqa: S314 - the drill's own file
    bad = int(suites.attrib["failures"]) + int(suites.attrib["errors"])
    assert (bad > 0) == (code != 0)
