"""The commands of `muster drill`, without a running system."""

import json
from pathlib import Path

import click
import pytest

from muster.cli.drills.drill import (
    COMMANDS,
    make_run_options,
    parse_parameters,
    resume,
    run_drill,
)
from muster.cli.drills.requests import RunOptions
from muster.drill.guards.names import GUARD_NAMES
from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import JOURNAL_FILE
from muster.drill.scenario import catalogue
from muster.errors import InvalidParameter
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.drills.left_runs import leave_run
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import FRANKFURT, OREGON


def test_the_list_names_every_shipped_scenario_with_its_parameters(tmp_path: Path) -> None:
    result = CommandLine(tmp_path).run("drill list")

    for path in catalogue.SHIPPED_SCENARIOS.glob("*.yaml"):
        assert path.stem in result.output
    assert "--region" in result.output
    way = "How it is lost. One of region-kill, region-freeze, network-cut, throttle."
    assert f"--fault TEXT  {way}  [default: region-kill]" in result.output


@pytest.mark.parametrize("more", ["", " --json"])
def test_a_broken_file_hides_no_other_scenario_from_the_list(
    more: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "broken.yaml").write_text("name: broken\n")
    command_line = CommandLine(tmp_path)
    (tmp_path / "muster.yaml").write_text(f"scenarios: {own}\n")

    code, output, errors = command_line.main(
        f"--config {tmp_path}/muster.yaml drill list{more}", capsys
    )

    assert code == 2
    assert "evacuate-by-health" in output
    assert errors.startswith("! ")
    assert "broken.yaml, line 1: lacks title" in errors


def test_the_list_as_json_has_every_shipped_scenario(tmp_path: Path) -> None:
    listed = json.loads(CommandLine(tmp_path).run("drill list --json").output)

    assert {one["name"] for one in listed} == {
        p.stem for p in catalogue.SHIPPED_SCENARIOS.glob("*.yaml")
    }


def test_a_plan_is_shown_and_nothing_is_changed(tmp_path: Path) -> None:
    command_line = CommandLine(tmp_path)

    result = command_line.run("drill plan evacuate --region us-west-2 --hold 7s --rto 9s")

    assert "hold for 7 s" in result.output
    assert "RTO at most 9 s" in result.output
    changing = ("Put", "Update", "Delete", "Start", "Stop")
    assert not [c for c in command_line.aws.calls if c.operation.startswith(changing)]
    assert not (tmp_path / ".muster").exists()


def test_a_plan_is_not_wrapped_for_a_pipe(tmp_path: Path) -> None:
    result = CommandLine(tmp_path).run("drill plan evacuate --region us-west-2")

    assert (
        "\n! dials are turned through an API that lives in us-west-2: in a real outage of that"
        " Region it may not answer; then use evacuate-by-health\n"
    ) in result.output


def test_a_share_may_be_given_in_percent(tmp_path: Path) -> None:
    line = "drill plan shift --dials us-west-2=90 --failed-share 2% --json"

    assert json.loads(CommandLine(tmp_path).run(line).output)["targets"]["failed_share"] == 0.02


def test_a_plan_as_json_names_its_scenario(tmp_path: Path) -> None:
    result = CommandLine(tmp_path).run("drill plan shift --dials eu-central-1=100 --json")

    assert json.loads(result.output)["scenario"] == "shift"


def test_refusals_of_guards_go_to_standard_error_beside_a_json_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = FakeAws(dials={FRANKFURT: 0.0, OREGON: 100.0})

    code, output, errors = CommandLine(tmp_path, aws).main(
        "drill plan evacuate --region us-west-2 --json", capsys
    )

    assert code == 3
    assert json.loads(output)["scenario"] == "evacuate"
    assert "guard last-healthy-region refuses" in errors


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("      to: 0", "      to: 150", "method[0].arguments.to: 150 is not a percentage"),
        ("  hold:", "  rate:", "parameters.rate: --rate is an option of the command itself"),
    ],
)
def test_an_invalid_value_is_reported_with_its_line(
    old: str, new: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (catalogue.SHIPPED_SCENARIOS / "evacuate.yaml").read_text()
    line = text.splitlines().index(old) + 1
    after = "after: ${rate}" if "rate" in new else "after: ${hold}"
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace(old, new, 1).replace("after: ${hold}", after, 1))

    code, _, errors = CommandLine(tmp_path).main(f"drill plan {file} --region us-west-2", capsys)

    assert code == 2
    assert f"mine.yaml, line {line}: {place}" in errors


def test_a_fault_of_the_twin_is_refused_on_aws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, errors = CommandLine(tmp_path).main(
        "drill plan region-loss --region us-west-2", capsys
    )

    assert code == 2
    assert "region-kill needs a twin" in errors


def test_a_fault_that_can_only_be_cleared_elsewhere_is_refused_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (catalogue.SHIPPED_SCENARIOS / "control-plane-loss.yaml").read_text()
    injects = text[text.index("  - type: action") : text.index("  - type: probe")]
    (tmp_path / "mine.yaml").write_text(
        text.replace(injects, "").replace("    within: 10s\n", "    within: ${hold}\n")
    )

    code, _, errors = CommandLine(tmp_path).main(f"drill plan {tmp_path}/mine.yaml", capsys)

    assert code == 2
    assert "control-stop needs a twin" in errors


@pytest.mark.parametrize("name", ["rate", "json", "help"])
def test_a_parameter_named_like_an_option_of_the_command_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text = (catalogue.SHIPPED_SCENARIOS / "evacuate.yaml").read_text()
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("  hold:\n", f"  {name}:\n").replace("${hold}", f"${{{name}}}"))

    code, _, errors = CommandLine(tmp_path).main(f"drill plan {mine} --region us-west-2", capsys)

    assert code == 2
    assert f"parameters.{name}: --{name} is an option of the command itself" in errors


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("drill plan evacuate", "parameter region: missing"),
        ("drill plan evacuate --region us-west-2 --hlod 3s", "parameter hlod"),
        ("drill plan evacuate --region us-west-2 stray", "parameter stray: is no option"),
        ("drill plan evacute", "there is no such scenario"),
        ("drill plan shift --dials us-west-2=30 --failed-share nan", "not a share from 0 to 1"),
        ("drill plan shift --dials us-west-2=30 --failed-share 5", "write 2 % as 0.02 or 2%"),
        ("drill plan shift --dials us-west-2=30 --rpo-items -1", "not a number from 0"),
        (f"drill plan shift --dials us-west-2=30 --rto 1{400 * '0'}", "a length of time such as"),
        ("drill resume", "is unfinished"),
        ("drill rollback 2020", "no such run"),
        ("drill run evacuate --region us-west-2", "give --yes"),
        ("drill run evacuate --region us-west-2 --yes --rate 0", "'0' is not a number above 0"),
        ("drill run evacuate --region us-west-2 --yes --rate nan", "not a number above 0"),
        ("--runs /proc/no drill run evacuate --region us-west-2 --yes", "runs is '/proc/no' (from"),
        ("drill run evacuate --region us-west-2 --yes --path x", "'--path': 'x' is not a path"),
    ],
)
def test_wrong_usage_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
) -> None:
    code, _, errors = CommandLine(tmp_path).main(line, capsys)

    assert code == 2
    assert message in errors
    assert not (tmp_path / ".muster").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("run evacute", "there is no such scenario"),
        ("run evacuate --region us-west-2", "give --yes"),
        ("resume", "is unfinished"),
    ],
)
def test_an_end_before_the_run_is_written_for_ci(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    junit, markdown = tmp_path / "drill.xml", tmp_path / "drill.md"

    code, _, _ = CommandLine(tmp_path).main(
        f"drill {line} --junit {junit} --markdown {markdown}", capsys
    )

    assert code == 2
    assert words in junit.read_text()
    assert "**Exit code 2: " in markdown.read_text()


def test_a_drill_that_a_guard_refuses_is_written_for_ci_with_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command_line = CommandLine(tmp_path, FakeAws(dials={FRANKFURT: 0.0, OREGON: 100.0}))
    junit, markdown = tmp_path / "drill.xml", tmp_path / "drill.md"
    line = f"drill run evacuate --region us-west-2 --yes --junit {junit} --markdown {markdown}"

    code, _, _ = command_line.main(line, capsys)

    assert code == 3
    assert "Refused: nothing was changed. Exit code 3: refused by a guard" in junit.read_text()
    assert "**Exit code 3: refused by a guard" in markdown.read_text()


def test_a_file_for_ci_in_no_folder_is_refused_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"drill run evacuate --region us-west-2 --yes --junit {tmp_path}/nowhere/drill.xml"

    code, _, errors = CommandLine(tmp_path).main(line, capsys)

    assert code == 2
    assert f"'--junit': there is no folder {tmp_path}/nowhere: make it first" in errors
    assert not (tmp_path / ".muster").exists()


def test_the_refusal_for_a_killed_runs_lease_says_how_to_resume_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command_line = CommandLine(tmp_path, twin=True)
    run = leave_run(command_line)
    command_line.aws.down.add(FRANKFURT)  # so that the next Region's copy counts

    code, output, _ = command_line.main("drill plan evacuate --region us-west-2", capsys)

    assert code == 3
    assert f"guard lease refuses: a drill has left its lease: {run} by ann on desk" in output
    assert f"`muster drill resume {run}`" in output


@pytest.mark.parametrize("line", ["drill rollback", "drill resume"])
def test_a_run_whose_records_are_in_another_folder_is_found_by_its_lease(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    command_line = CommandLine(tmp_path, twin=True)
    run = leave_run(command_line)
    (tmp_path / ".muster").rename(tmp_path / "elsewhere")
    command_line.aws.down.add(FRANKFURT)  # so that the next Region's copy counts

    code, _, errors = command_line.main(line, capsys)

    assert code == 2
    assert "is unfinished" in errors
    assert f"{run} by ann on desk" in errors
    assert "`muster drill rollback --from-lease`" in errors


def test_the_lease_of_a_finished_run_is_removed_without_a_rollback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command_line = CommandLine(tmp_path, twin=True)
    leave_run(command_line, RunClosed(status="met", exit_code=0, why="all well"))

    code, _, _ = command_line.main("drill rollback --from-lease", capsys)

    assert code == 0
    assert command_line.aws.tables[OREGON] == {}
    assert command_line.aws.dials[OREGON] == 100.0


@pytest.mark.parametrize("option", ["", "--from-lease"])
def test_an_unreadable_journal_is_reported_with_the_way_out_by_the_lease(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    command_line = CommandLine(tmp_path, twin=True)
    run = leave_run(command_line)
    folder = tmp_path / ".muster" / run
    (folder / JOURNAL_FILE).write_text("?\n")

    code, _, errors = command_line.main(f"drill rollback {option or run}", capsys)

    assert code == 1
    assert f"{folder / JOURNAL_FILE}, line 1: not JSON" in errors
    assert f"move {folder} away, then run `muster drill rollback --from-lease`" in errors


LIST = """
from muster.cli.main import main
main(["drill", "list"])
"""


def test_the_list_is_wrapped_at_80_columns_on_a_terminal() -> None:
    lines = run_in_terminal(LIST, {}).splitlines()

    assert len(lines) > 30
    assert max(len(line) for line in lines) <= 80


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


def test_every_command_guard_and_scenario_is_in_the_docs() -> None:
    text = (Path(__file__).parents[5] / "docs" / "drills.md").read_text()

    for name in GUARD_NAMES:
        assert f"`{name}`" in text
    for command in COMMANDS:
        assert f"muster drill {command}" in text
    for path in catalogue.SHIPPED_SCENARIOS.glob("*.yaml"):
        assert f"### {path.stem}" in text


def test_each_option_about_a_run_reaches_it() -> None:
    own = {
        "as_json": True,
        "plain": True,
        "rate": 7.0,
        "writes": False,
        "path": "/x",
        "require_trusted": True,
        "forced": ("lease",),
    }

    assert make_run_options({**own, "rto_s": 60.0}) == RunOptions(
        as_json=True,
        plain=True,
        rate=7.0,
        writes=False,
        path="/x",
        require_trusted=True,
        forced=("lease",),
    )


@pytest.mark.parametrize("command", [run_drill, resume], ids=["run", "resume"])
def test_trusted_numbers_can_be_required_of_what_measures(command: click.Command) -> None:
    options = {option for parameter in command.params for option in parameter.opts}

    assert "--require-trusted" in options
