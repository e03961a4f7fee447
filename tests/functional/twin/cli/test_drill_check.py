"""Changes of a twin whose Regions hold the lease of a drill."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from common.drill_lease import ITEM_ID
from tests.functional.twin.region.tables.conftest import HOME, PEER, RegionProcesses
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal
from tools.local.shell.pulumi_wrapper import ROOT, adapt_arguments
from twin.cli.drill_check import VARIABLE, find_drill
from twin.cli.main import main
from twin.errors import DrillUnderWay

TABLE = "control"
QUESTION = "Make it all the same? [y/N]: "
DEPLOY = """
import sys
from pathlib import Path
from tools.local.shell import pulumi_wrapper as wrapper
wrapper.REAL_PULUMI = Path("/bin/echo")
code = wrapper.main(["up", "--stack", "local"], {environ!r}, wrapper.ROOT)
sys.stdout.write(f"exit code {{code}}")
"""
"""What `pulumi up` runs, with a Pulumi that prints its arguments."""
MAKE_UP = """
from pathlib import Path
from twin.cli.drill_check import require_no_drill
from twin.errors import DrillUnderWay
from twin.runtime.instance import Instance
try:
    require_no_drill(
        Instance(Path({home!r}), {number}), during_drill=False, way="DURING_DRILL=1"
    )
    print("goes on")
except DrillUnderWay as exc:
    print(f"refused: {{exc}}")
"""
"""What `make up` asks first."""


@pytest.fixture
def regions(tmp_path: Path) -> Iterator[RegionProcesses]:
    """Two Regions with a control table each."""
    regions = RegionProcesses(tmp_path / "home")
    regions.start(HOME, PEER)
    for region in (HOME, PEER):
        regions.client(region).create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "item_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "item_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    (regions.instance.home / "outputs.json").write_text(json.dumps({"control_table": TABLE}))
    yield regions
    regions.kill_all()


def write_lease(regions: RegionProcesses, region: str, run: str, *, lasts_s: float) -> None:
    """A lease of this process."""
    regions.client(region).put_item(
        TableName=TABLE,
        Item={
            "item_id": {"S": ITEM_ID},
            "run": {"S": run},
            "until": {"N": repr(SystemClock().now() + lasts_s)},
            "by": {"S": "ann"},
            "lease": {"S": json.dumps({"scenario": "region-loss", "host": os.uname().nodename})},
            "progress": {"S": json.dumps({"step": "m2", "does": "hold", "pid": os.getpid()})},
        },
    )


def test_every_change_is_refused_during_a_drill_unless_it_is_meant(
    regions: RegionProcesses, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lease(regions, HOME, "run-1", lasts_s=60.0)
    instance = regions.instance

    for change in (
        *(["region", action, PEER] for action in ("kill", "stop", "freeze", "start", "thaw")),
        *(["network", action, PEER] for action in ("cut", "slow", "heal")),
        *(["replication", action, PEER] for action in ("pause", "resume")),
        *([role, "stop"] for role in ("control", "edge", "route53", "cities")),
        ["cities", "flush"],
        ["up"],
        ["down"],
    ):
        assert main(change, instance) == 3, change
        said = capsys.readouterr().err
        assert "drill run-1 (scenario region-loss, step m2: hold) by ann on " in said
        assert "`muster drill watch`" in said

    assert not instance.faults_path.exists()
    assert main(["network", "cut", PEER, "--during-drill"], instance) == 0
    assert "drill run-1" in capsys.readouterr().err
    monkeypatch.setenv(VARIABLE, "1")
    assert main(["network", "heal", PEER], instance) == 0


def test_a_deployment_by_pulumi_is_refused_and_a_preview_is_not(regions: RegionProcesses) -> None:
    write_lease(regions, HOME, "run-1", lasts_s=60.0)
    instance = regions.instance
    environ = {"TWIN_HOME": str(instance.home), "TWIN_INSTANCE": str(instance.number)}

    for command in ("up", "destroy", "refresh", "import"):
        with pytest.raises(DrillUnderWay, match="drill run-1"):
            adapt_arguments([command, "--stack", "local"], environ, ROOT)

    for fine in (["preview", "--stack", "local"], ["up", "--during-drill", "-s", "local"]):
        assert "--config-file" in adapt_arguments(fine, environ, ROOT)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("y\n", "up --stack local --config-file"),
        ("n\n", "not confirmed; nothing was changed\r\nexit code 3"),
        ("\x04", "\r\nnot confirmed; nothing was changed\r\nexit code 130"),
    ],
    ids=["yes", "no", "end of input"],
)
def test_on_a_terminal_a_deployment_during_a_drill_is_asked_for(
    regions: RegionProcesses, keys: str, said: str
) -> None:
    write_lease(regions, HOME, "run-1", lasts_s=600.0)
    instance = regions.instance
    environ = {"TWIN_HOME": str(instance.home), "TWIN_INSTANCE": str(instance.number)}

    output = run_in_terminal(DEPLOY.format(environ=environ), {QUESTION: keys})

    assert "drill run-1 (scenario region-loss, step m2: hold) by ann on " in output
    assert said in output
    assert "Traceback" not in output


@pytest.mark.parametrize(("keys", "said"), [("y\n", "goes on"), ("\n", "refused: not confirmed")])
def test_on_a_terminal_make_up_during_a_drill_is_asked_for(
    regions: RegionProcesses, keys: str, said: str
) -> None:
    write_lease(regions, HOME, "run-1", lasts_s=600.0)
    instance = regions.instance
    program = MAKE_UP.format(home=str(instance.home), number=instance.number)

    assert said in run_in_terminal(program, {QUESTION: keys})


def test_an_expired_lease_is_told_and_refuses_nothing(
    regions: RegionProcesses, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lease(regions, HOME, "run-1", lasts_s=-1.0)

    assert main(["network", "cut", PEER], regions.instance) == 0

    assert "was left unfinished: `muster drill rollback --from-lease`" in capsys.readouterr().err


def test_the_newest_lease_counts_and_a_region_that_is_down_is_left_out(
    regions: RegionProcesses,
) -> None:
    write_lease(regions, HOME, "older", lasts_s=30.0)
    write_lease(regions, PEER, "newer", lasts_s=60.0)

    newest = find_drill(regions.instance)
    regions.kill(PEER)
    left = find_drill(regions.instance)

    assert newest is not None
    assert left is not None
    assert (newest.run, left.run) == ("newer", "older")


def test_without_a_lease_there_is_no_drill(regions: RegionProcesses) -> None:
    assert find_drill(regions.instance) is None
