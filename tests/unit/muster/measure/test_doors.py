"""The front doors side by side."""

from dataclasses import replace

import pytest

from muster.measure.doors import CLIENT_NAMES, CLIENTS, ClientSummary, DoorSummary, summarise_doors
from muster.measure.movement import TrafficMove
from muster.measure.samples import Cohort, Sample
from tests.unit.muster.sample_builders import AWAY, HOME, answered_sample, failed_sample

CAUSE_S, RETURN_S, END_S = 10.0, 110.0, 130.0
MOVE = TrafficMove(region=HOME, at_s=CAUSE_S, return_at_s=RETURN_S)


def killed(cohort: Cohort, out_s: float) -> list[Sample]:
    """A client of a Region that dies: out for so long, then served elsewhere, and home at last."""
    samples = []
    for tenth in range(round(END_S * 10)):
        at_s = tenth / 10
        if at_s < CAUSE_S or at_s >= RETURN_S:
            samples.append(answered_sample(at_s, HOME, cohort=cohort))
        elif at_s < CAUSE_S + out_s:
            samples.append(failed_sample(at_s, cohort=cohort))
        else:
            samples.append(answered_sample(at_s, AWAY, cohort=cohort))
    return samples


def moved(cohort: Cohort, after_s: float) -> list[Sample]:
    """A client whose Region is left as planned, without a failed request."""
    return [
        answered_sample(
            tenth / 10,
            AWAY if CAUSE_S + after_s <= tenth / 10 < RETURN_S else HOME,
            cohort=cohort,
        )
        for tenth in range(round(END_S * 10))
    ]


def client(doors: tuple[DoorSummary, ...], cohort: Cohort) -> ClientSummary:
    (found,) = (one for door in doors for one in door.clients if one.cohort is cohort)
    return found


def test_each_kind_of_client_of_each_door_has_its_own_outage() -> None:
    samples = [
        *killed(Cohort.NEW, 12),
        *killed(Cohort.DNS_TTL, 60),
        *killed(Cohort.DNS_CHROME, 90),
    ]

    doors = summarise_doors(samples, MOVE)

    assert [door.door for door in doors] == ["accelerator", "dns"]
    assert [door.rto_s for door in doors] == pytest.approx([12.15, 60.15])
    chrome = client(doors, Cohort.DNS_CHROME)
    assert chrome.rto_s == pytest.approx(90.15)
    assert (chrome.failed, chrome.requests, chrome.ended) == (900, 1300, True)
    assert chrome.availability == pytest.approx(1 - 900 / 1300)


def test_a_client_that_is_out_until_the_region_is_back_has_not_moved() -> None:
    doors = summarise_doors(killed(Cohort.DNS_JVM, 500), MOVE)

    jvm = client(doors, Cohort.DNS_JVM)
    assert not jvm.ended
    assert jvm.rto_s == pytest.approx(RETURN_S - CAUSE_S + 0.15)
    assert (jvm.left_s, jvm.stayed) == (None, False)
    assert jvm.seen_end


def test_only_an_outage_that_ended_with_the_rollback_was_cut_short_by_it() -> None:
    stopped = replace(MOVE, cut_short=True)
    back = client(summarise_doors(killed(Cohort.NEW, 100), stopped), Cohort.NEW)
    moved_before = client(summarise_doors(killed(Cohort.NEW, 12), stopped), Cohort.NEW)

    assert (back.ended, back.cut_short) == (False, True)
    assert (moved_before.ended, moved_before.cut_short) == (True, False)


def test_an_outage_that_began_after_the_rollback_was_not_cut_short() -> None:
    samples = [answered_sample(RETURN_S + 1, HOME), failed_sample(RETURN_S + 2)]

    late = client(summarise_doors(samples, replace(MOVE, cut_short=True)), Cohort.NEW)

    assert (late.ended, late.seen_end, late.cut_short) == (False, False, False)


def test_an_outage_in_which_the_measurement_ended_has_no_end() -> None:
    samples = [one for one in killed(Cohort.NEW, 500) if one.scheduled_s < CAUSE_S + 3.0]

    new = client(summarise_doors(samples, MOVE), Cohort.NEW)

    assert not new.seen_end
    assert new.rto_s < 4.0


def test_a_planned_move_shows_when_each_kind_left_and_who_stayed() -> None:
    samples = [*moved(Cohort.DNS_TTL, 40), *moved(Cohort.DNS_POOL, 500)]

    doors = summarise_doors(samples, MOVE)

    honest, pool = client(doors, Cohort.DNS_TTL), client(doors, Cohort.DNS_POOL)
    assert (honest.rto_s, honest.stayed) == (0.0, False)
    assert honest.left_s == pytest.approx(39.9)
    assert pool.stayed


def test_clients_that_others_served_before_say_nothing_about_the_move() -> None:
    served_elsewhere = [answered_sample(float(s), AWAY, cohort=Cohort.NEW) for s in range(60)]

    assert client(summarise_doors(served_elsewhere, MOVE), Cohort.NEW).left_s is None


def test_without_a_move_there_are_outages_all_the_same() -> None:
    (door,) = summarise_doors(killed(Cohort.NEW, 3))

    assert door.rto_s == pytest.approx(3.15)


def test_every_kind_of_client_has_a_name() -> None:
    assert set(CLIENT_NAMES) == set(CLIENTS) == set(Cohort) - {Cohort.WRITE_READ}


def test_a_client_that_got_regions_by_chance_counts_by_the_last_one_before_the_cause() -> None:
    """As with the policy weighted, where each TTL brings another Region."""
    before = [answered_sample(float(s), AWAY if s < 5 else HOME) for s in range(10)]
    after = [answered_sample(float(s), HOME if s < 40 else AWAY) for s in range(10, 110)]

    assert client(summarise_doors([*before, *after], MOVE), Cohort.NEW).left_s == 29.0


def test_an_outage_of_another_cause_does_not_make_a_client_wait_for_its_region() -> None:
    hiccup = [failed_sample(109.0 + n / 100, cohort=Cohort.NEW) for n in range(20)]
    samples = [s for s in killed(Cohort.NEW, 12) if not 109.0 <= s.scheduled_s <= 109.2]

    assert client(summarise_doors([*samples, *hiccup], MOVE), Cohort.NEW).ended
