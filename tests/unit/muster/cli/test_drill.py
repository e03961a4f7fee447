"""`muster drill` as far as it needs no running system."""

import asyncio
import json
from pathlib import Path

import click
import pytest

from muster.cli.drill import drill, parse_parameters
from muster.cli.drill_run import muster_command
from muster.config import read_settings
from muster.drill.guards.evaluation import GUARD_NAMES
from muster.drill.journal.events import DrillBaseline, DrillChanges, JournalEvent, RunClosed
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.run_folders import JOURNAL_FILE
from muster.drill.run.lease import DynamoDBLeaseTable, Lease
from muster.drill.scenario import catalogue
from muster.errors import InvalidParameter
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal, run_until_hangup
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import CONTROL_TABLE, ENDPOINT, FRANKFURT, OREGON


def test_the_list_names_every_shipped_scenario_with_its_parameters(tmp_path: Path) -> None:
    shown = CommandLine(tmp_path).run("drill list")

    for path in catalogue.SHIPPED.glob("*.yaml"):
        assert path.stem in shown.output
    assert "--region" in shown.output
    assert "How it is lost. (region-kill, region-freeze, network-cut, throttle)" in shown.output


@pytest.mark.parametrize("more", ["", " --json"])
def test_a_broken_file_hides_no_other_scenario_from_the_list(
    more: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "broken.yaml").write_text("name: broken\n")
    surroundings = CommandLine(tmp_path)
    (tmp_path / "muster.yaml").write_text(f"scenarios: {own}\n")

    code, shown, said = surroundings.main(
        f"--config {tmp_path}/muster.yaml drill list{more}", capsys
    )

    assert code == 2
    assert "evacuate-by-health" in shown
    assert said.startswith("! ")
    assert "broken.yaml, line 1: lacks title" in said


def test_the_list_for_machines(tmp_path: Path) -> None:
    listed = json.loads(CommandLine(tmp_path).run("drill list --json").output)

    assert {one["name"] for one in listed} == {p.stem for p in catalogue.SHIPPED.glob("*.yaml")}


def test_a_plan_is_shown_and_nothing_is_changed(tmp_path: Path) -> None:
    surroundings = CommandLine(tmp_path)

    shown = surroundings.run("drill plan evacuate --region us-west-2 --hold 7s --rto 9s")

    assert "hold for 7 s" in shown.output
    assert "RTO at most 9 s" in shown.output
    changing = ("Put", "Update", "Delete", "Start", "Stop")
    assert not [c for c in surroundings.aws.calls if c.operation.startswith(changing)]
    assert not (tmp_path / ".muster").exists()


def test_a_plan_leaves_its_lines_whole_for_a_pipe(tmp_path: Path) -> None:
    shown = CommandLine(tmp_path).run("drill plan evacuate --region us-west-2")

    assert (
        "\n! dials are turned through an API that lives in us-west-2: in a real outage of that"
        " Region it may not answer; then use evacuate-by-health\n"
    ) in shown.output


def test_a_share_may_be_given_in_percent(tmp_path: Path) -> None:
    line = "drill plan shift --dials us-west-2=90 --failed-share 2% --json"

    assert json.loads(CommandLine(tmp_path).run(line).output)["targets"]["failed_share"] == 0.02


def test_a_plan_for_machines(tmp_path: Path) -> None:
    shown = CommandLine(tmp_path).run("drill plan shift --dials eu-central-1=100 --json")

    assert json.loads(shown.output)["scenario"] == "shift"


def test_what_a_guard_refuses_is_told_beside_a_plan_for_machines_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = FakeAws(dials={FRANKFURT: 0.0, OREGON: 100.0})

    code, shown, said = CommandLine(tmp_path, aws).main(
        "drill plan evacuate --region us-west-2 --json", capsys
    )

    assert code == 3
    assert json.loads(shown)["scenario"] == "evacuate"
    assert "guard last-healthy-region refuses" in said


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("      to: 0", "      to: 150", "method[0].arguments.to: 150 is no percentage"),
        ("  hold:", "  rate:", "parameters.rate: --rate is an option of the command itself"),
    ],
)
def test_a_value_that_no_system_could_take_is_told_with_its_line(
    old: str, new: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (catalogue.SHIPPED / "evacuate.yaml").read_text()
    line = text.splitlines().index(old) + 1
    after = "after: ${rate}" if "rate" in new else "after: ${hold}"
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace(old, new, 1).replace("after: ${hold}", after, 1))

    code, _, said = CommandLine(tmp_path).main(f"drill plan {file} --region us-west-2", capsys)

    assert code == 2
    assert f"mine.yaml, line {line}: {place}" in said


def test_a_fault_of_the_twin_is_refused_on_aws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, said = CommandLine(tmp_path).main("drill plan region-loss --region us-west-2", capsys)

    assert code == 2
    assert "region-kill needs a twin" in said


def test_a_fault_that_can_only_be_cleared_elsewhere_is_refused_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (catalogue.SHIPPED / "control-plane-loss.yaml").read_text()
    injects = text[text.index("  - type: action") : text.index("  - type: probe")]
    (tmp_path / "mine.yaml").write_text(
        text.replace(injects, "").replace("    within: 10s\n", "    within: ${hold}\n")
    )

    code, _, said = CommandLine(tmp_path).main(f"drill plan {tmp_path}/mine.yaml", capsys)

    assert code == 2
    assert "control-stop needs a twin" in said


@pytest.mark.parametrize("name", ["rate", "json", "help"])
def test_a_parameter_that_is_an_option_of_the_command_is_told_to_change_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text = (catalogue.SHIPPED / "evacuate.yaml").read_text()
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("  hold:\n", f"  {name}:\n").replace("${hold}", f"${{{name}}}"))

    code, _, said = CommandLine(tmp_path).main(f"drill plan {mine} --region us-west-2", capsys)

    assert code == 2
    assert f"parameters.{name}: --{name} is an option of the command itself" in said


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("drill plan evacuate", "parameter region: missing"),
        ("drill plan evacuate --region us-west-2 --hlod 3s", "parameter hlod"),
        ("drill plan evacuate --region us-west-2 stray", "parameter stray: is no option"),
        ("drill plan evacute", "there is no such scenario"),
        ("drill plan shift --dials us-west-2=30 --failed-share nan", "no share between 0 and 1"),
        ("drill plan shift --dials us-west-2=30 --failed-share 5", "write 2 % as 0.02 or 2%"),
        ("drill plan shift --dials us-west-2=30 --rpo-items -1", "not a number from 0"),
        (f"drill plan shift --dials us-west-2=30 --rto 1{400 * '0'}", "a length of time such as"),
        ("drill resume", "is unfinished"),
        ("drill rollback 2020", "no such run"),
        ("drill run evacuate --region us-west-2", "give --yes"),
        ("drill run evacuate --region us-west-2 --yes --rate 0", "probe plan: rate is 0.0"),
        ("drill run evacuate --region us-west-2 --yes --rate nan", "not a number from 0"),
        ("--runs /proc/no drill run evacuate --region us-west-2 --yes", "runs is '/proc/no' (from"),
        ("drill run evacuate --region us-west-2 --yes --path x", "probe plan: path is 'x'"),
    ],
)
def test_wrong_usage_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
) -> None:
    code, _, said = CommandLine(tmp_path).main(line, capsys)

    assert code == 2
    assert message in said
    assert not (tmp_path / ".muster").exists()


def leave(surroundings: CommandLine, *more: JournalEvent) -> str:
    """A run's journal with these entries, and its lease; the run's name."""
    first = build_run_opened(build_plan("shift"))
    run = surroundings.folder / ".muster" / first.run
    with DrillJournal.create(run / JOURNAL_FILE, surroundings.aws.clock, (first, *more)):
        pass
    left = Lease(
        run=run.name,
        scenario="shift",
        by="ann",
        host="desk",
        until=surroundings.aws.clock.now() + 10.0,
        found=DrillBaseline(dials={OREGON: 10.0}),
        touched=DrillChanges(dials=(OREGON,)),
    )
    table = DynamoDBLeaseTable(surroundings.aws.clients(ENDPOINT), CONTROL_TABLE)
    asyncio.run(table.write(OREGON, left, over=None))
    return run.name


def test_whose_killed_run_is_in_the_way_of_a_drill_is_told_how_to_go_on_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    surroundings = CommandLine(tmp_path, twin=True)
    run = leave(surroundings)
    surroundings.aws.down.add(FRANKFURT)  # so that the next Region's copy counts

    code, shown, _ = surroundings.main("drill plan evacuate --region us-west-2", capsys)

    assert code == 3
    assert f"guard lease refuses: a drill has left its lease: {run} by ann on desk" in shown
    assert f"`muster drill resume {run}`" in shown


def test_the_lease_of_a_run_that_is_over_is_removed_and_nothing_is_rolled_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    surroundings = CommandLine(tmp_path, twin=True)
    leave(surroundings, RunClosed(status="met", exit_code=0, why="all well"))

    code, _, _ = surroundings.main("drill rollback --from-lease", capsys)

    assert code == 0
    assert surroundings.aws.tables[OREGON] == {}
    assert surroundings.aws.dials[OREGON] == 100.0


@pytest.mark.parametrize("way", ["", "--from-lease"])
def test_who_can_not_read_a_journal_is_told_of_the_lease(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    surroundings = CommandLine(tmp_path, twin=True)
    run = leave(surroundings)
    folder = tmp_path / ".muster" / run
    (folder / JOURNAL_FILE).write_text("?\n")

    code, _, errors = surroundings.main(f"drill rollback {way or run}", capsys)

    assert code == 1
    assert f"{folder / JOURNAL_FILE}, line 1: not JSON" in errors
    assert f"move {folder} away, then run `muster drill rollback --from-lease`" in errors


def test_a_history_has_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    surroundings = CommandLine(tmp_path, twin=True)
    run = leave(surroundings, RunClosed(status="met", exit_code=0, why="all well"))
    other = tmp_path / ".muster" / "2026-11-21T09-00-00-evacuate-by-health"
    other.mkdir()
    (other / JOURNAL_FILE).write_text("?\n")

    _, shown, _ = surroundings.main("drill history", capsys)

    first, second = shown.splitlines()
    assert first.startswith(f"{run:<{len(other.name)}}  met         all well")
    assert second.startswith(f"{other.name}  unreadable  ")


@pytest.mark.parametrize(
    ("flags", "environ", "said"),
    [
        ({}, {}, "muster"),
        ({}, {"MUSTER_RUNS": "kept"}, "muster"),  # the next call has it too
        ({"runs": "kept here"}, {}, "muster --runs '/desk/kept here'"),
    ],
)
def test_what_is_said_of_a_run_finds_it_again(
    flags: dict[str, object], environ: dict[str, str], said: str
) -> None:
    assert muster_command(read_settings(flags, environ=environ, folder=Path("/desk"))) == said


LIST = """
from muster.cli.main import main
main(["drill", "list"])
"""


def test_the_list_breaks_no_word_on_a_terminal() -> None:
    lines = run_in_terminal(LIST, {}).splitlines()

    assert len(lines) > 30
    assert max(len(line) for line in lines) <= 80


CLOSED = """
import signal, sys
from muster.cli.drill_run import ignoring_closed_output
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
print("ready", flush=True)
signal.sigwait({signal.SIGHUP})
with ignoring_closed_output():
    print("records: here")
    print("go on: so", file=sys.stderr)
sys.exit(4)
"""


def test_a_closed_terminal_leaves_the_exit_code_of_a_drill() -> None:
    assert run_until_hangup(CLOSED, "ready\r\n") == 4


def test_a_history_without_runs(tmp_path: Path) -> None:
    assert "no runs in" in CommandLine(tmp_path).run("drill history").output


def test_parameters_are_options() -> None:
    assert parse_parameters("x", ["--hold", "2m", "--region=us-west-2"]) == {
        "hold": "2m",
        "region": "us-west-2",
    }
    for extra, why in (
        (["--hold"], "no value"),
        (["a"], "no option"),
        (["--a=1", "--a=2"], "twice"),
    ):
        with pytest.raises(InvalidParameter, match=why):
            parse_parameters("x", extra)


def test_every_option_guard_and_exit_code_is_in_the_docs() -> None:
    text = (Path(__file__).parents[4] / "docs" / "drills.md").read_text()

    for name in GUARD_NAMES:
        assert f"`{name}`" in text
    assert isinstance(drill, click.Group)
    for command in drill.commands:
        assert f"muster drill {command}" in text
    for code in range(6):
        assert f"| {code} | " in text
    for path in catalogue.SHIPPED.glob("*.yaml"):
        assert f"### {path.stem}" in text
