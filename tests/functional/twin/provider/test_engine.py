"""The real Pulumi engine with a small program, the stand-in and a moto server."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from twin.provider.aws_client import AwsClient
from twin.provider.config import parse_configuration
from twin.provider.install import install_plugin
from twin.provider.values import Properties

ROOT = Path(__file__).resolve().parents[4]
TOOLS = ROOT / ".tools" / "bin"

pytestmark = pytest.mark.skipif(
    not (TOOLS / "pulumi").exists(), reason="no Pulumi here: run `make up` or `make test` first"
)

PROGRAM = """
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
zones = aws.get_availability_zones(state="available", region="us-west-2")
network = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", region="us-west-2", tags={"a": "b"})
subnet = aws.ec2.Subnet(
    "subnet", vpc_id=network.id, cidr_block="10.0.0.0/24", availability_zone=zones.names[0],
    region="us-west-2",
)
logs = aws.cloudwatch.LogGroup(
    "logs", retention_in_days=config.require_int("days"),
    opts=pulumi.ResourceOptions(ignore_changes=["tags"]),
)
role = aws.iam.Role("role", assume_role_policy=pulumi.Output.json_dumps({"Statement": []}))
function = aws.lambda_.Function(
    "function", role=role.arn, handler="main.handler", runtime="python3.13", publish=True,
    code=pulumi.AssetArchive({"main.py": pulumi.FileAsset("code/main.py")}),
    environment={"variables": {"WORD": config.require_secret("word")}},
    opts=pulumi.ResourceOptions(
        ignore_changes=["reserved_concurrent_executions"] if config.get("kept") else []
    ),
)
alias = aws.lambda_.Alias(
    "live", name="live", function_name=function.name, function_version=function.version
)
if config.get("odd") == "types":
    queue = aws.sqs.Queue("queue")
    aws.sns.Topic("topic", display_name=queue.name)
if config.get("odd") == "source":
    aws.ec2.get_ami(owners=["self"])
pulumi.export("network", network.id)
pulumi.export("zone", subnet.availability_zone)
pulumi.export("version", function.version)
pulumi.export("logs", logs.name)
pulumi.export("word", function.environment)
"""
SETTINGS = """
name: small
runtime: python
"""


@dataclass
class Stack:
    """A project in a folder of its own."""

    folder: Path
    environment: dict[str, str]

    def pulumi(self, *words: str, fails: bool = False) -> str:
        """Run the command line; its output."""
        command = [str(TOOLS / "pulumi"), *words, "--non-interactive"]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, output
        return output

    def up(self, *words: str) -> Properties:
        """Deploy; how many resources were created, updated, same, ..."""
        self.pulumi("up", "--yes", "--skip-preview", "--json", *words)
        return self.last_changes()

    def last_changes(self) -> Properties:
        history = json.loads(self.pulumi("stack", "history", "--json", "--page-size", "1"))
        changes: Properties = history[0]["resourceChanges"]
        return changes

    def outputs(self) -> Properties:
        found: Properties = json.loads(self.pulumi("stack", "output", "--json"))
        return found


@pytest.fixture
def stack(tmp_path: Path, moto_url: str) -> Stack:
    """The project, a stack in it, and the stand-in as its plugin."""
    home = tmp_path / "home"
    install_plugin(home, Path(sys.executable), ROOT)
    project = tmp_path / "project"
    (project / "code").mkdir(parents=True)
    (project / "code" / "main.py").write_text("def handler(event, context): return 1\n")
    (project / "__main__.py").write_text(PROGRAM)
    (project / "Pulumi.yaml").write_text(SETTINGS)
    (tmp_path / "state").mkdir()
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.pathsep.join([str(TOOLS), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    made = Stack(project, environment)
    made.pulumi("stack", "init", "small")
    made.pulumi("config", "set", "aws:region", "eu-central-1")
    for service in ("ec2", "iam", "lambda", "logs", "sts"):
        made.pulumi("config", "set", "--path", f"aws:endpoints[0].{service}", moto_url)
    made.pulumi("config", "set", "days", "7")
    made.pulumi("config", "set", "--secret", "word", "hunter2")
    return made


def test_a_program_goes_through_its_life(stack: Stack, moto_url: str) -> None:
    preview = stack.pulumi("preview")
    assert "+ 7 to create" in preview

    assert stack.up() == {"create": 7}
    outputs = stack.outputs()
    assert outputs["network"].startswith("vpc-")
    assert outputs["zone"].startswith("us-west-2")
    assert outputs["version"] == "1"
    assert "hunter2" not in json.dumps(outputs)

    assert stack.up() == {"same": 7}

    stack.pulumi("config", "set", "days", "14")
    (stack.folder / "code" / "main.py").write_text("def handler(event, context): return 2\n")
    assert stack.up() == {"same": 4, "update": 3}
    assert stack.outputs()["version"] == "2"

    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": moto_url}))
    by_hand: Properties = {"logGroupName": outputs["logs"], "retentionInDays": 30}
    aws.call("logs", "eu-central-1", "PutRetentionPolicy", by_hand)
    stack.pulumi("refresh", "--yes", "--skip-preview")
    assert stack.last_changes() == {"same": 6, "update": 1}
    assert stack.up() == {"same": 6, "update": 1}

    stack.pulumi("destroy", "--yes", "--skip-preview")
    groups = aws.call("logs", "eu-central-1", "DescribeLogGroups", {})["logGroups"]
    assert outputs["logs"] not in [group["logGroupName"] for group in groups]


def test_an_update_after_a_refresh_ends_a_throttling_unless_the_change_is_ignored(
    stack: Stack, moto_url: str
) -> None:
    """The provider's default for a reservation is -1, which removes it.

    https://www.pulumi.com/registry/packages/aws/api-docs/lambda/function/
    """
    stack.pulumi("config", "set", "kept", "true")
    stack.up()
    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": moto_url}))
    (function,) = aws.call("lambda", "eu-central-1", "ListFunctions", {})["Functions"]
    name: Properties = {"FunctionName": function["FunctionName"]}
    aws.call(
        "lambda",
        "eu-central-1",
        "PutFunctionConcurrency",
        {**name, "ReservedConcurrentExecutions": 0},
    )

    def reserved() -> object:
        found = aws.call("lambda", "eu-central-1", "GetFunctionConcurrency", name)
        return found.get("ReservedConcurrentExecutions")

    stack.up("--refresh")
    assert reserved() == 0

    stack.pulumi("config", "rm", "kept")
    stack.up("--refresh")
    assert reserved() is None


@pytest.mark.parametrize("odd", ["types", "source"])
def test_all_unknown_types_are_told_in_the_preview_at_once(stack: Stack, odd: str) -> None:
    stack.pulumi("config", "set", "odd", odd)

    output = stack.pulumi("preview", fails=True)

    assert "does not have 3 types or data sources of this program" in output
    assert "aws:ec2/getAmi:getAmi, aws:sns/topic:Topic, aws:sqs/queue:Queue" in output
    assert "twin/provider/resources/sqs.py" in output
    # A data source fails inside of the program, whose traceback Pulumi shows.
    assert ("Traceback" in output) == (odd == "source")


def test_an_endpoint_of_aws_is_refused_before_anything_happens(stack: Stack) -> None:
    url = "https://ec2.eu-central-1.amazonaws.com"
    stack.pulumi("config", "set", "--path", "aws:endpoints[0].ec2", url)

    output = stack.pulumi("up", "--yes", "--skip-preview", fails=True)

    assert "not on this machine" in output
    assert "unset PULUMI_HOME" in output
