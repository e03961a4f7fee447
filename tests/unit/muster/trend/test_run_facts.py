"""What a run's records and report tell a comparison."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from muster.drill.plan.model import DrillPlan
from muster.model import Stack
from muster.report.build import build_report
from muster.report.run_reader import RunRecords
from muster.trend.run_facts import (
    NOT_PROBED,
    RunFacts,
    RunNumber,
    build_run_facts,
    format_run_number,
)
from tests.unit.muster.drill.builders import AWAY, build_plan, build_two_door_stack
from tests.unit.muster.report.sample_runs import (
    evacuation,
    interrupted_evacuation,
    refused_evacuation,
    region_loss,
    with_samples,
)
from tests.unit.muster.report.staged_run import play_drill, staged_records


def facts_of(records: RunRecords) -> RunFacts:
    return build_run_facts(records, build_report(records))


def test_the_numbers_are_those_of_the_runs_report_with_its_targets() -> None:
    report = build_report(region_loss())

    facts = build_run_facts(region_loss(), report)

    assert report.summary is not None
    assert facts.numbers["rto_s"] == RunNumber(value=report.summary.rto_s, at_most=10.0)
    assert facts.numbers["rpo_s"] == RunNumber(value=report.rpo_s, at_most=5.0)
    assert report.summary.movement is not None
    assert facts.numbers["detect_s"] == RunNumber(value=report.summary.movement.detect_s)
    share = report.summary.failed / report.summary.requests
    assert facts.numbers["failed_share"] == RunNumber(value=share)
    assert facts.doubt == ""
    assert (facts.subject, facts.status) == (AWAY, "missed")


def test_numbers_that_can_not_be_trusted_are_in_doubt() -> None:
    run = region_loss()
    late = [replace(s, sent_s=s.scheduled_s + 0.5) for s in run.probe_runs[0].samples]

    facts = facts_of(with_samples(run, late))

    assert "late" in facts.doubt
    assert facts.numbers["rto_s"].value is not None
    assert {one.doubt for one in facts.numbers.values()} == {facts.doubt}


@pytest.mark.parametrize("records", [interrupted_evacuation, refused_evacuation])
def test_a_drill_that_was_cut_short_has_no_number_to_compare(records: object) -> None:
    assert callable(records)
    facts = facts_of(records())

    assert facts.doubt.startswith(facts.headline)
    assert all(one.doubt for one in facts.numbers.values())


def test_a_drill_that_was_cut_short_tells_its_doubts_too() -> None:
    facts = facts_of(refused_evacuation())

    assert facts.doubt == f"{facts.headline}; nothing was probed"


def test_a_number_that_is_not_known_has_its_reason() -> None:
    facts = facts_of(replace(region_loss(), probe_runs=()))

    assert facts.status == "missed"
    assert facts.numbers["rto_s"] == RunNumber(value=None, at_most=10.0, doubt="nothing was probed")


def test_a_time_to_detect_that_is_not_known_has_the_reason_of_the_movement() -> None:
    report = build_report(region_loss())
    assert report.summary is not None
    still = replace(report.summary, movement=None)

    def detect(missing: dict[str, str]) -> RunNumber:
        facts = build_run_facts(region_loss(), replace(report, summary=still, missing=missing))
        return facts.numbers["detect_s"]

    assert detect({"movement": "the cause never came"}).doubt == "the cause never came"
    assert detect({}).doubt == "the samples don't show it"


def test_an_outage_whose_end_was_not_seen_gives_a_lower_bound_in_doubt() -> None:
    run = region_loss()
    samples = run.probe_runs[0].samples
    failing = max(s.scheduled_s for s in samples if s.failed)

    facts = facts_of(with_samples(run, [s for s in samples if s.scheduled_s < failing]))

    assert facts.numbers["rto_s"].at_least
    assert facts.numbers["rto_s"].doubt
    assert format_run_number("rto_s", facts.numbers["rto_s"]).startswith("≥ ")


def test_the_settings_are_parameters_targets_limits_probes_and_versions() -> None:
    settings = facts_of(region_loss()).settings

    assert settings["parameter region"] == AWAY
    assert settings["target RTO"] == "at most 10 s"
    assert settings["limit headroom"] == "1"
    assert settings["probes a second"] == "80"
    assert settings["muster"] == "0.1.0"
    assert settings["botocore"] == "1.44.5"


def test_a_run_that_was_not_probed_says_so_of_the_probes() -> None:
    assert facts_of(refused_evacuation()).settings["probes a second"] == NOT_PROBED


def test_other_values_of_parameters_are_no_other_steps() -> None:
    before, other = (
        cut_short(build_plan("region-loss", {"hold": hold})) for hold in ("20s", "40s")
    )

    differ = {name for name in before if before[name] != other[name]}
    assert differ == {"parameter hold"}


def test_a_changed_scenario_shows_in_its_steps() -> None:
    plan = build_plan("region-loss")

    settings = cut_short(replace(plan, steps_digest="0" * 8))

    assert cut_short(plan)["scenario's steps"] == f"digest {plan.steps_digest}"
    assert settings["scenario's steps"] == "digest 00000000"


def test_a_run_that_recorded_no_digest_of_its_steps_has_no_such_setting() -> None:
    assert "scenario's steps" not in cut_short(replace(build_plan("evacuate"), steps_digest=""))


def cut_short(plan: DrillPlan) -> Mapping[str, str]:
    """The settings of a run of the plan."""
    return facts_of(staged_records(play_drill(plan, until="m1"), killed=True)).settings


def test_a_run_without_a_record_of_its_environment_lacks_the_versions() -> None:
    settings = facts_of(replace(evacuation(), environment=None)).settings

    assert "Python" not in settings
    assert settings["muster"] == "0.1.0"


def test_the_policy_and_the_ttl_of_the_dns_door_are_settings() -> None:
    two_doors = build_two_door_stack("latency")
    assert two_doors.dns is not None
    traffic_policy = replace(two_doors.dns, traffic_policy_instance_id="t1")

    latency = settings_of(two_doors)
    weighted = settings_of(build_two_door_stack("weighted"))
    by_traffic_policy = settings_of(replace(two_doors, dns=traffic_policy))

    assert latency["DNS policy"] == "latency"
    assert latency["DNS TTL"] == "60 s"
    assert by_traffic_policy["DNS policy"] == "latency, by a traffic policy"
    differ = {name for name in latency if latency[name] != weighted[name]}
    assert differ == {"DNS policy"}
    assert "DNS policy" not in settings_of(replace(two_doors, dns=None))


def settings_of(stack: Stack) -> Mapping[str, str]:
    """The settings of a run on the stack."""
    run = region_loss()
    assert run.environment is not None
    return facts_of(replace(run, environment=replace(run.environment, stack=stack))).settings


def test_a_number_is_shown_with_its_unit() -> None:
    assert format_run_number("detect_s", RunNumber(value=3.25)) == "3.25 s"
    assert format_run_number("failed_share", RunNumber(value=0.0125)) == "1.25 %"
    assert format_run_number("rto_s", RunNumber(value=None)) == ""
