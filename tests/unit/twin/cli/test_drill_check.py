"""Which drills keep a command off, and what it says."""

import os
import socket
import subprocess
from dataclasses import replace

import pytest

from common.drill_lease import DrillProgress, LeasedDrill
from twin.cli.drill_check import OPTION, decide, find_drill, is_over
from twin.errors import DrillUnderWay
from twin.runtime.instance import Instance

DRILL = LeasedDrill(run="r", until=100.0, by="ann", host=socket.gethostname())
NO_PROCESS = 2**22 + 1
"""More than any process id."""


def test_a_lease_is_over_when_it_has_expired_or_its_process_has_ended() -> None:
    at_work = replace(DRILL, progress=DrillProgress(pid=os.getpid()))
    left = replace(DRILL, progress=DrillProgress(pid=NO_PROCESS))

    assert not is_over(DRILL, 99.0)
    assert is_over(DRILL, 100.0)
    assert not is_over(at_work, 99.0)
    assert is_over(left, 99.0)
    assert not is_over(replace(left, host="another machine"), 99.0)


def test_a_lease_is_over_although_nobody_has_waited_for_its_process_yet() -> None:
    with subprocess.Popen(["/bin/true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        assert is_over(replace(DRILL, progress=DrillProgress(pid=process.pid)), 99.0)


def test_a_change_is_refused_without_a_terminal_and_names_the_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(DrillUnderWay, match=f"drill r by ann .*under way.*{OPTION} makes it"):
        decide(DRILL, during_drill=False, way=OPTION, ask=None)

    decide(DRILL, during_drill=True, way=OPTION, ask=None)
    assert "drill r by ann" in capsys.readouterr().err


def test_a_person_decides_on_a_terminal() -> None:
    asked: list[str] = []

    def agree(question: str) -> bool:
        asked.append(question)
        return True

    decide(DRILL, during_drill=False, way=OPTION, ask=agree)
    with pytest.raises(DrillUnderWay, match="not confirmed"):
        decide(DRILL, during_drill=False, way=OPTION, ask=lambda _words: False)

    (question,) = asked
    assert question.endswith("Make it all the same?")


@pytest.mark.parametrize("outputs", [None, "?", "[]", "{}", '{"control_table": "control"}'])
def test_without_a_stack_or_a_region_that_runs_no_drill_is_found(
    outputs: str | None, instance: Instance
) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)
    if outputs is not None:
        (instance.home / "outputs.json").write_text(outputs)

    assert find_drill(instance) is None
