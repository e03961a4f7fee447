"""`muster fault`."""

import json

from muster.formatting import format_moment
from tests.unit.muster.cli.builders import ACTIVE, SLOW, Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.levers.builders import write_twin_program
from tests.unit.muster.sample_stack import OREGON


def test_fault_list_names_each_kind_and_where_it_works(
    on_aws: CommandLine, capsys: Capture
) -> None:
    code, output, _ = on_aws.main("fault list", capsys)

    assert code == 0
    assert "throttle           the Region's function may not run (AWS and twin)\n" in output
    assert output.endswith("\non AWS, account 123456789012\nno fault is active\n")


def test_fault_list_names_active_faults(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.twin_faults = [SLOW]

    code, output, _ = on_twin.main("fault list", capsys)
    document = json.loads(on_twin.main("fault list --json", capsys)[1])

    assert code == 0
    assert output.endswith(f"account 123456789012\n{ACTIVE}")
    assert document["kinds"]["network-cut"] == "the Region can't be reached (twin)"
    assert [one["kind"] for one in document["standing"]] == ["network-slow"]
    assert document["unread"] == document["problems"] == []


def test_an_incomplete_fault_list_does_not_say_that_none_is_active(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {"twin"}

    code, output, _ = on_twin.main("fault list", capsys)

    assert code == 1
    assert "? the twin: faults could not be read" in output
    assert "no fault is active" not in output


def test_inject_says_how_to_clear_the_fault(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.reserved[OREGON] = 20

    _, injected, _ = on_twin.main("fault inject throttle us-west-2", capsys)
    _, cleared, _ = on_twin.main("fault clear throttle us-west-2", capsys)

    assert "`muster fault clear throttle us-west-2` clears it" in injected
    assert cleared == "throttle us-west-2: cleared\n"
    assert on_twin.aws.reserved[OREGON] == 20


def test_inject_says_when_a_fault_ends_by_itself(on_twin: CommandLine, capsys: Capture) -> None:
    write_twin_program(on_twin.folder, "exit 0")
    on_twin.environ = {"TWIN_HOME": str(on_twin.folder), "PATH": "/usr/bin:/bin"}

    code, output, _ = on_twin.main("fault inject network-cut us-west-2 --for 5m", capsys)

    now = on_twin.aws.clock.now()
    assert code == 0
    assert f"it ends at {format_moment(now + 300, now)}, and `muster fault clear" in output


def test_the_parameters_of_a_fault_reach_the_twin(on_twin: CommandLine, capsys: Capture) -> None:
    write_twin_program(on_twin.folder, f'echo "$@" > {on_twin.folder}/given')
    on_twin.environ = {"TWIN_HOME": str(on_twin.folder), "PATH": "/usr/bin:/bin"}

    code, output, _ = on_twin.main("fault inject network-slow us-west-2 --delay-ms 50", capsys)

    assert code == 0
    assert output == (
        "network-slow us-west-2: injected; `muster fault clear network-slow us-west-2` clears it\n"
    )
    given = (on_twin.folder / "given").read_text()
    assert given.startswith("network slow us-west-2")
    assert "50" in given


def test_a_global_fault_takes_no_region(on_twin: CommandLine, capsys: Capture) -> None:
    write_twin_program(on_twin.folder, "exit 0")
    on_twin.environ = {"TWIN_HOME": str(on_twin.folder), "PATH": "/usr/bin:/bin"}

    code, _, errors = on_twin.main("fault inject control-stop us-west-2", capsys)
    whole, output, _ = on_twin.main("fault inject control-stop", capsys)

    assert (code, whole) == (2, 0)
    assert "control-stop takes no Region: it is of all of them" in errors
    assert "control-stop: injected" in output


def test_a_throttle_with_an_end_is_refused_before_it_is_injected(
    on_twin: CommandLine, capsys: Capture
) -> None:
    code, _, errors = on_twin.main("fault inject throttle us-west-2 --for 5m", capsys)

    assert code == 2
    assert "throttle has no end of its own here: leave --for out, and clear it" in errors
    assert on_twin.aws.made("PutFunctionConcurrency") == []
