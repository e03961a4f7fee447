"""A drill put together as the command line does it, over AWS as far as it is called."""

import asyncio
import os
import signal
from pathlib import Path

from muster.cli import drill_wiring as wiring
from muster.drill.entries import Closed
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


def test_a_signal_that_comes_before_anybody_watches_leaves_no_run_without_its_end(
    tmp_path: Path,
) -> None:
    where, told = on_aws(tmp_path), wired.Told()

    async def signalled() -> Closed:
        with wiring.signals() as ear:
            os.kill(os.getpid(), signal.SIGINT)
            return await wired.drill(where, told, ear.stop)

    closed = asyncio.run(signalled())

    assert (closed.status, closed.exit_code) == ("stopped", 4)
    assert where.aws.dials == {FRANKFURT: 100.0, OREGON: 100.0}
    assert RunFolder(tmp_path / wired.RUN).state().finished


def test_whoever_watches_is_told_of_each_signal(tmp_path: Path) -> None:
    told = wired.Told()

    async def thrice() -> None:
        with wiring.signals() as ear:
            ear.listener = told
            for _ in range(2):
                ear.hear(signal.SIGTERM)
            await wired.drill(on_aws(tmp_path), wired.Told(), ear.stop)
            ear.hear(signal.SIGINT)

    asyncio.run(thrice())

    assert told.notes == [
        "SIGTERM: stopping, and rolling back",
        "SIGTERM: the rollback waits no longer",
        "SIGINT: the drill is over, only its numbers are made",
    ]
