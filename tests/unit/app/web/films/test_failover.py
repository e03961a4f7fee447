"""Which Region's API the player writes to: failover.js, run in Node.js."""

from pathlib import Path
from typing import Any

import pytest

from tests.node_scripts import run_in_node

PLAY = Path(__file__).with_name("failover_play.js").read_text()


def shown(folder: Path, events: str, options: str = "{}") -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, f"{PLAY}\nshown([{events}], {options});")


def test_bookmarks_go_to_the_chosen_endpoint(tmp_path: Path) -> None:
    told = shown(tmp_path, "beat, taken, beat, taken", "{ chosen: B }")

    assert told["commands"] == ["write b", "write b"]
    assert told["health"] == {"a": "unknown", "b": "up", "c": "unknown"}


def test_without_a_choice_the_nearest_that_answers_is_active_from_the_first_beat(
    tmp_path: Path,
) -> None:
    told = shown(
        tmp_path,
        "unread(A), read(B, 90), read(C, 20), beat, taken, read(B, 1), beat",
        "{ chosen: null }",
    )

    assert told["commands"] == ["write c", "write c"]


def test_a_choice_that_is_no_endpoint_any_more_counts_as_none(tmp_path: Path) -> None:
    assert shown(tmp_path, "", "{ chosen: 'https://gone.test' }")["active"] is None


def test_the_first_of_endpoints_that_are_all_down_is_tried(tmp_path: Path) -> None:
    told = shown(
        tmp_path, "...times(3, [unread(A), unread(B), unread(C)]), beat", "{ chosen: null }"
    )

    assert told["commands"] == ["write a"]


def test_without_an_endpoint_a_beat_does_nothing(tmp_path: Path) -> None:
    told = shown(tmp_path, "beat, beat", "{ chosen: null, among: [] }")

    assert (told["commands"], told["skipped"]) == ([], 0)


def test_a_beat_is_skipped_while_a_write_is_in_flight(tmp_path: Path) -> None:
    told = shown(tmp_path, "beat, beat, beat, taken, beat")

    assert told["commands"] == ["write a", "write a"]
    assert told["skipped"] == 2


def test_a_bookmark_that_the_active_endpoint_does_not_take_goes_at_once_to_the_nearest_other(
    tmp_path: Path,
) -> None:
    told = shown(tmp_path, "read(B, 80), read(C, 20), beat, lost, taken, beat")

    assert told["commands"] == ["write a", "rescue c", "write a"]
    assert told["active"] == "a"


def test_a_rescue_tries_each_endpoint_once_and_then_waits_for_the_next_beat(tmp_path: Path) -> None:
    told = shown(tmp_path, "beat, lost, lost, lost")

    assert told["commands"] == ["write a", "rescue b", "rescue c"]
    assert told["writing"] is None


def test_a_rescue_leaves_out_what_is_down(tmp_path: Path) -> None:
    told = shown(tmp_path, "...times(3, [unread(B)]), beat, lost")

    assert told["commands"] == ["write a", "rescue c"]


def test_the_active_endpoint_is_left_after_the_limit_of_failures_in_a_row(tmp_path: Path) -> None:
    told = shown(tmp_path, "read(B, 20), read(C, 80), ...times(3, [beat, lost, taken])")

    assert told["commands"] == [
        *["write a", "rescue b"] * 2,
        "write a",
        "failures: a to b",
        "write b",
    ]
    assert told["health"]["a"] == "down"


def test_a_success_sets_the_count_of_failures_to_zero(tmp_path: Path) -> None:
    told = shown(tmp_path, "...times(20, [beat, lost, taken, beat, lost, taken, beat, taken])")

    assert told["active"] == "a"
    assert not [command for command in told["commands"] if "failures" in command]


def test_reads_do_not_excuse_an_endpoint_that_takes_no_write(tmp_path: Path) -> None:
    told = shown(tmp_path, "...times(3, [beat, lost, taken, read(A), read(B)])")

    assert told["active"] == "b"


def test_failed_reads_do_not_condemn_an_endpoint_that_takes_writes(tmp_path: Path) -> None:
    told = shown(tmp_path, "...times(9, [beat, taken, unread(A), read(B)])")

    assert (told["active"], told["health"]["a"]) == ("a", "up")


def test_when_every_endpoint_is_down_the_active_one_is_tried_at_each_beat(tmp_path: Path) -> None:
    down = "...times(9, [unread(B), unread(C)]), ...times(3, [beat, lost])"
    told = shown(tmp_path, f"{down}, beat, lost, beat")

    assert told["commands"] == ["write a"] * 5
    assert told["health"] == {"a": "down", "b": "down", "c": "down"}


def test_the_first_endpoint_that_answers_again_becomes_active(tmp_path: Path) -> None:
    down = "...times(9, [unread(B), unread(C)]), ...times(3, [beat, lost])"
    told = shown(tmp_path, f"{down}, read(C), beat")

    assert told["commands"][-2:] == ["failures: a to c", "write c"]


LEFT = "...times(3, [beat, lost, taken])"
"""A is left for B."""
SETTINGS = "{ settings: { goodReads: 3, holdMs: 10000 } }"


def test_home_is_returned_to_after_good_reads_in_a_row_and_the_hold(tmp_path: Path) -> None:
    good = "...times(3, [read(A)]), ['readSucceeded', { url: A }, 10000], beat"
    told = shown(tmp_path, f"{LEFT}, {good}", SETTINGS)

    assert told["commands"][-2:] == ["returned: b to a", "write a"]


@pytest.mark.parametrize(
    ("reason", "events"),
    [
        ("too few", "['readSucceeded', { url: A }, 10000], read(A)"),
        ("not in a row", "read(A), read(A), unread(A), ['readSucceeded', { url: A }, 10000]"),
        ("too early", "read(A), read(A), read(A), ['readSucceeded', { url: A }, 9999]"),
        ("of another endpoint", "...times(9, [['readSucceeded', { url: C }, 10000]])"),
    ],
)
def test_home_is_not_returned_to_when_the_good_reads_are(
    tmp_path: Path, reason: str, events: str
) -> None:
    told = shown(tmp_path, f"{LEFT}, {events}, beat", SETTINGS)

    assert told["active"] == "b", reason


def test_home_is_not_returned_to_when_the_viewer_does_not_want_it(tmp_path: Path) -> None:
    good = "...times(9, [['readSucceeded', { url: A }, 10000]])"
    told = shown(tmp_path, f"{LEFT}, {good}", "{ settings: { failback: false } }")

    assert told["active"] == "b"


def test_the_hold_doubles_when_home_fails_again_soon_after_the_return(tmp_path: Path) -> None:
    good = "...times(3, [read(A)])"
    again = f"{LEFT}, {good}, ['readSucceeded', {{ url: A }}, 10000], {LEFT}, {good}"
    early = shown(tmp_path, f"{again}, ['readSucceeded', {{ url: A }}, 19999]", SETTINGS)
    late = shown(tmp_path, f"{again}, ['readSucceeded', {{ url: A }}, 20000]", SETTINGS)

    assert (early["active"], late["active"]) == ("b", "a")


def test_a_choice_is_active_at_once_and_has_all_its_attempts_again(tmp_path: Path) -> None:
    chosen = "['endpointChosen', { url: A }]"
    told = shown(tmp_path, f"{LEFT}, {chosen}, beat, lost, taken, beat, lost, taken, beat")

    assert told["commands"][-6:] == [
        "chosen: b to a",
        *["write a", "rescue b"] * 2,
        "write a",
    ]


def test_a_choice_during_a_write_leaves_the_write_where_it_is(tmp_path: Path) -> None:
    told = shown(tmp_path, "beat, ['endpointChosen', { url: C }], lost, taken")

    assert told["commands"] == ["write a", "chosen: a to c", "write c"]


def test_the_player_returns_to_the_choice_not_to_the_first_endpoint(tmp_path: Path) -> None:
    good = "...times(9, [['readSucceeded', { url: C }, 10000]])"
    told = shown(tmp_path, f"{LEFT}, {good}", "{ chosen: C, settings: { goodReads: 3 } }")

    assert [c for c in told["commands"] if ":" in c] == ["failures: c to a", "returned: a to c"]


@pytest.mark.parametrize(
    "event",
    [
        "{ type: 'writeSucceeded', now: 0, id: 1 }",
        "{ type: 'writeFailed', now: 0, id: 7 }",
        "{ type: 'endpointChosen', now: 0, url: 'https://other.test' }",
        "{ type: 'readFailed', now: 0, url: 'https://other.test' }",
        "{ type: 'constructor', now: 0 }",
    ],
)
def test_an_impossible_event_is_an_error_that_names_it(tmp_path: Path, event: str) -> None:
    script = f"""
    const {{ state }} = play([]);
    const event = {event};
    try {{ failover.nextFailover(state, event); show("no error"); }}
    catch (error) {{ show(error.message); }}
    """
    message = run_in_node(tmp_path, PLAY + script)

    assert any(name in message for name in ("write 1", "write 7", "other.test", "constructor"))


def test_settings_are_limited_and_what_is_no_number_becomes_the_default(tmp_path: Path) -> None:
    script = """show([
      failover.readSettings(null),
      failover.readSettings({ timeoutMs: 9e9, failureLimit: 0, goodReads: NaN, holdMs: "5" }),
      failover.readSettings({ failback: false, failureLimit: 30 }),
      failover.DEFAULT_SETTINGS,
    ]);"""
    nothing, wrong, given, default = run_in_node(tmp_path, PLAY + script)

    assert nothing == default
    assert wrong == {**default, "timeoutMs": 2000, "failureLimit": 1}
    assert given == {**default, "failback": False, "failureLimit": 30}


WALK = Path(__file__).with_name("failover_walk.js").read_text()


def test_no_random_viewing_breaks_the_rules(tmp_path: Path) -> None:
    """400 viewings of 400 events: one write at a time, no move without a reason or too early."""
    assert run_in_node(tmp_path, PLAY + WALK) == []
