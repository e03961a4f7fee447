"""Runs side by side: which settings differed."""

from muster.trend.comparison import SettingChange, SettingRow, compare_runs, setting_changes
from muster.trend.run_facts import NOT_PROBED
from tests.unit.muster.trend.builders import build_facts


def test_only_settings_that_differed_are_listed() -> None:
    runs = [build_facts(n, settings={"muster": f"0.{n}.0", "Python": "3.11"}) for n in range(2)]

    assert compare_runs("two", runs).differences == (
        SettingRow(name="muster", values=("0.0.0", "0.1.0")),
    )


def test_a_setting_that_one_run_lacks_differs() -> None:
    runs = [build_facts(0, settings={}), build_facts(1, settings={"Python": "3.11"})]

    (row,) = compare_runs("two", runs).differences

    assert row.values == ("absent", "3.11")


def test_changes_are_told_from_run_to_run() -> None:
    versions = ("0.1.0", "0.1.0", "0.2.0", "0.1.0")
    runs = [build_facts(n, settings={"muster": one}) for n, one in enumerate(versions)]

    assert setting_changes(compare_runs("four", runs)) == (
        SettingChange(run="run-2", name="muster", before="0.1.0", now="0.2.0"),
        SettingChange(run="run-3", name="muster", before="0.2.0", now="0.1.0"),
    )


def test_a_run_that_was_not_probed_changed_nothing_of_the_probes() -> None:
    rates = ("50", NOT_PROBED, "50", NOT_PROBED, "20")
    runs = [build_facts(n, settings={"probes a second": one}) for n, one in enumerate(rates)]

    assert compare_runs("three", runs[:3]).differences == ()
    assert setting_changes(compare_runs("five", runs)) == (
        SettingChange(run="run-4", name="probes a second", before="50", now="20"),
    )


def test_runs_of_one_scenario_name_it() -> None:
    runs = [build_facts(0), build_facts(1)]

    assert compare_runs("two", runs).scenario == "region-loss"
    assert compare_runs("two", [*runs, build_facts(2, scenario="shift")]).scenario is None
