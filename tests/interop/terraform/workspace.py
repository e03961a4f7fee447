"""Terraform in a folder of its own: one configuration, its state, and the commands on it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIGURATIONS = Path(__file__).parent / "configurations"
ACCELERATOR = "aws_globalaccelerator_accelerator.main"
"""Its address in every configuration that has one."""
TIMEOUT_S = 600.0
"""A load balancer takes a minute, since the provider waits twice for half a minute."""
PLUGINS = os.environ.get("INTEROP_PLUGINS", "")
"""Folder of a mirror of providers; without one, Terraform takes its own configuration's."""


class TerraformMissing(Exception):
    """Terraform, or its provider for AWS, can't be used; the message says why."""


class TerraformFailed(AssertionError):
    """A command ended with an error; the message has its output."""


@dataclass(frozen=True, slots=True)
class TerraformPlan:
    """What a plan would do."""

    has_changes: bool
    text: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """A copy of one configuration."""

    folder: Path
    endpoint: str
    code: Path
    """The zip with a function's code."""

    def init(self) -> None:
        """Install the provider. Raises TerraformMissing."""
        if shutil.which("terraform") is None:
            raise TerraformMissing("there is no `terraform` on the PATH")
        options = [f"-plugin-dir={PLUGINS}"] if PLUGINS else []
        ended = self._run("init", "-input=false", *options)
        if ended.returncode:
            lines = [line.strip(" │╷╵") for line in ended.stderr.splitlines()]
            problem = " ".join(line for line in lines if line)
            raise TerraformMissing(f"terraform can't install its provider for AWS: {problem}")

    def apply(self, step: int = 1) -> str:
        """Make what the configuration says in its step 1, or its change in step 2."""
        return self._succeed("apply", "-input=false", "-auto-approve", f"-var=step={step}")

    def plan(self, step: int = 1) -> TerraformPlan:
        """Compare the configuration with what is there."""
        ended = self._run("plan", "-input=false", "-detailed-exitcode", f"-var=step={step}")
        if ended.returncode not in (0, 2):
            raise TerraformFailed(f"terraform plan:\n{ended.stdout}{ended.stderr}")
        return TerraformPlan(ended.returncode == 2, ended.stdout)

    def destroy(self, step: int = 1, *, target: str = "") -> None:
        """Delete everything, or the target and what depends on it."""
        targets = [f"-target={target}"] if target else []
        self._succeed("destroy", "-input=false", "-auto-approve", f"-var=step={step}", *targets)

    def destroy_with_accelerator(self, delete_accelerator_group: Callable[[], None]) -> None:
        """Delete the accelerator, what it leaves in its VPCs, and then all of step 2.

        Its group keeps a VPC from being deleted, and Terraform does not know it:
        https://www.pulumi.com/registry/packages/aws/api-docs/globalaccelerator/endpointgroup/
        """
        self.destroy(2, target=ACCELERATOR)
        delete_accelerator_group()
        self.destroy(2)

    def outputs(self) -> dict[str, Any]:
        found = json.loads(self._succeed("output", "-json"))
        return {name: output["value"] for name, output in found.items()}

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state, data sources left out."""
        state = json.loads(self._succeed("show", "-json"))
        listed = state.get("values", {}).get("root_module", {}).get("resources", [])
        return [resource for resource in listed if resource["mode"] == "managed"]

    def import_again(self, ids: dict[str, str], step: int = 1) -> str:
        """Forget resources, and import them: address -> id. Returns the summary of the apply."""
        self._succeed("state", "rm", *ids)
        blocks = (f'import {{\n  to = {to}\n  id = "{name}"\n}}\n' for to, name in ids.items())
        imports = self.folder / "imports.tf"
        imports.write_text("".join(blocks))
        try:
            applied = self.apply(step)
        finally:
            imports.unlink()
        (summary,) = re.findall(r"^Apply complete! .*", applied, re.MULTILINE)
        return str(summary)

    def _succeed(self, *arguments: str) -> str:
        ended = self._run(*arguments)
        if ended.returncode:
            command = " ".join(arguments)
            raise TerraformFailed(f"terraform {command}:\n{ended.stdout[-4000:]}{ended.stderr}")
        return ended.stdout

    def _run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", command, *_unless_state(command, "-no-color"), *arguments],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_VAR_code": str(self.code),
        }


def _unless_state(command: str, option: str) -> list[str]:
    """`terraform state` takes the option after its own subcommand, and has no colours."""
    return [] if command == "state" else [option]


def make_workspace(folder: Path, configuration: str, endpoint: str, code: Path) -> Workspace:
    """Copy a configuration, or a folder of one, and install its provider."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in (CONFIGURATIONS / "provider.tf", *(CONFIGURATIONS / configuration).glob("*.tf")):
        shutil.copy(source, folder)
    workspace = Workspace(folder, endpoint, code)
    workspace.init()
    return workspace
