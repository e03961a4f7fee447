"""A command line's surroundings in tests: a folder with outputs, and the fake AWS."""

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
    """Where a command runs."""

    folder: Path
    aws: FakeAws = field(default_factory=FakeAws)
    twin: bool = False
    interactive: bool = False
    changes: Mapping[str, object] = field(default_factory=dict)
    """Of the outputs."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those that every command here has."""

    def context(self) -> CommandContext:
        """On AWS, or on a twin, with that outputs file in the folder."""
        changes = {**(LOOPBACK if self.twin else {}), **self.changes}
        (self.folder / "out.json").write_text(json.dumps(make_outputs(**changes)))
        environ = {"USER": "me", "MUSTER_OUTPUTS": "out.json", **self.environ}
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
        """Run a line as click does, with an answer to its question."""
        return CliRunner().invoke(
            cli, line.split(), obj=self.context(), input=answer, standalone_mode=False
        )

    def main(self, line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
        """Run a line as the process does: exit code, output, errors."""
        code = main(line.split(), self.context())
        said = capsys.readouterr()
        return code, said.out, said.err
