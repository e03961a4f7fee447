"""Runs command lines in tests: in a folder with stack outputs, over the fake AWS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from muster.cli.context import CommandContext
from muster.cli.main import cli, main
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import ENDPOINT, LOOPBACK, make_outputs


@dataclass
class CommandLine:
    """A folder and an account in which commands are run."""

    folder: Path
    aws: FakeAws = field(default_factory=FakeAws)
    twin: bool = False
    interactive: bool = False
    changes: Mapping[str, object] = field(default_factory=dict)
    """Changes of the stack outputs."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Variables in addition to USER, MUSTER_OUTPUTS and MUSTER_TIMEOUT_S."""

    def context(self) -> CommandContext:
        """Write the outputs file; the context of a command on AWS or on a twin."""
        changes = {**(LOOPBACK if self.twin else {}), **self.changes}
        (self.folder / "out.json").write_text(json.dumps(make_outputs(**changes)))
        # On a busy machine, loading botocore's models takes longer than the usual time-out.
        environ = {"USER": "me", "MUSTER_OUTPUTS": "out.json", "MUSTER_TIMEOUT_S": "30"}
        environ |= self.environ
        if self.twin:
            environ["AWS_ENDPOINT_URL"] = ENDPOINT
        return CommandContext(
            environ=environ,
            folder=self.folder,
            clock=self.aws.clock,
            clients=self.aws.clients(ENDPOINT if self.twin else None),
            interactive=self.interactive,
        )

    def run(self, line: str, answer: str = "") -> Result:
        """Run a line in click's test runner, with this standard input."""
        return CliRunner().invoke(
            cli, line.split(), obj=self.context(), input=answer, standalone_mode=False
        )

    def main(self, line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
        """Run a line as the process does: exit code, standard output, standard error."""
        code = main(line.split(), self.context())
        captured = capsys.readouterr()
        return code, captured.out, captured.err
