"""Examples of continuous integration: action.yml, the workflow, GitLab's (docs/drills/ci.md)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
ACTION_FILE = ROOT / "action.yml"
WORKFLOW_FILE = ROOT / ".github/workflows/drill.yml"
PAGE = ROOT / "docs/drills/ci.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStep:
    """A step of the action that runs a script."""

    name: str
    script: str
    shell: str
    variables: Mapping[str, str]
    """Its environment: expressions of GitHub's."""


def read_action() -> dict[str, Any]:
    action: dict[str, Any] = yaml.safe_load(ACTION_FILE.read_text())
    return action


def action_steps() -> list[ActionStep]:
    """The steps of action.yml that run a script."""
    return [
        ActionStep(
            name=step["name"],
            script=step["run"],
            shell=step.get("shell", ""),
            variables=step.get("env", {}),
        )
        for step in read_action()["runs"]["steps"]
        if "run" in step
    ]


def read_gitlab_job() -> dict[str, Any]:
    """The job of the page's example."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (found,) = (
        document for document in map(yaml.safe_load, blocks) if "failover-drill" in document
    )
    job: dict[str, Any] = found["failover-drill"]
    return job


def gitlab_lines() -> list[str]:
    """The lines of its scripts, in order."""
    job = read_gitlab_job()
    return [*job["script"], *job["after_script"]]
