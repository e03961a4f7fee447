"""A drill put together as the command line does it, over AWS as far as it is called."""

import asyncio
from pathlib import Path

from muster.drill.runs import RESULT, RunFolder
from tests.unit.muster.cli import wired
from tests.unit.muster.cli.surroundings import Surroundings
from tests.unit.muster.deployed import FRANKFURT, OREGON
from tests.unit.muster.fake_aws import FakeAws


def on_aws(tmp_path: Path) -> Surroundings:
    templates = {"replication_pause_templates": {OREGON: "EXT1"}}
    return Surroundings(tmp_path, aws=FakeAws(deploying_s=0), changes=templates)


def test_a_drill_pulls_every_lever_of_aws_and_puts_everything_back(tmp_path: Path) -> None:
    where = on_aws(tmp_path)

    closed = asyncio.run(wired.drill(where, wired.Told()))

    assert (closed.status, closed.exit_code) == ("met", 0), closed.why
    assert where.aws.dials == {FRANKFURT: 100.0, OREGON: 100.0}
    assert where.aws.reserved == {FRANKFURT: None, OREGON: None}
    assert set(where.aws.experiments.values()) == {"stopped"}
    assert where.aws.tables[FRANKFURT].keys() == {f"health#{OREGON}"}
    assert RunFolder(tmp_path / wired.RUN).state().finished


def test_a_result_that_can_not_be_written_does_not_keep_the_lease(tmp_path: Path) -> None:
    where, told = on_aws(tmp_path), wired.Told()
    (tmp_path / wired.RUN / RESULT).mkdir(parents=True)

    closed = asyncio.run(wired.drill(where, told))

    assert closed.status == "met", closed.why
    assert "drill#lease" not in where.aws.tables[FRANKFURT]
    assert any("can't be written" in note for note in told.notes)
