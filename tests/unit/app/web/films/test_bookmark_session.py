"""One viewing of a film, on its own clock, with Regions that hang, refuse and lag; in Node.js."""

from pathlib import Path
from typing import Any

import pytest

from tests.node_scripts import run_in_node

WORLD = Path(__file__).with_name("bookmark_world.js").read_text()


def told(folder: Path, script: str) -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, WORLD + script)


def test_a_bookmark_is_written_each_beat_and_read_back_from_every_region(tmp_path: Path) -> None:
    script = """
    const session = open();
    play(session);
    await runUntil(5300);
    show([Math.round(session.readingOf("a").bookmark.bookmark * MINUTES),
          Math.round(session.readingOf("c").bookmark.bookmark * MINUTES),
          session.lastWrite.region, entries.length,
          new Set(kept.map(({ version }) => version)).size]);
    """

    assert told(tmp_path, script) == [5000, 4500, "a", 11, 11]


@pytest.mark.parametrize("way", ["hangs", "refuses"])
@pytest.mark.parametrize("killed_at", [10_000, 10_020, 10_240, 10_480])
def test_a_lost_region_costs_at_most_the_timeout_and_one_write(
    tmp_path: Path, way: str, killed_at: int
) -> None:
    """One write: the beat, what the write takes, and what replication takes to the other Region."""
    script = f"""
    play(open({{ failureLimit: 30, timeoutMs: 1500 }}));
    await runUntil({killed_at});
    regions.a.mode = "{way}";
    show([await mostLost(regions.b, {killed_at}, 60_000), 1500 + 500 + WRITE + LAG + 20]);
    """
    lost, allowed = told(tmp_path, script)

    assert lost <= allowed


def test_a_region_that_hangs_is_left_after_the_limit_and_returned_to_when_it_is_well(
    tmp_path: Path,
) -> None:
    script = """
    play(open({ failureLimit: 3, timeoutMs: 1000, goodReads: 5, holdMs: 10_000 }));
    await runUntil(10_000);
    regions.a.mode = "hangs";
    await runUntil(20_000);
    regions.a.mode = "up";
    await runUntil(40_000);
    show(entries.filter(({ kind }) => kind === "moved").map(({ text }) => text));
    """

    assert told(tmp_path, script) == [
        "a failed 3 times in a row. Bookmarks go to b now.",
        "a answers again. Bookmarks go there again.",
    ]


def test_a_region_that_reads_but_does_not_write_is_left(tmp_path: Path) -> None:
    script = """
    const session = open();
    play(session);
    regions.a.mode = "readonly";
    await runUntil(10_000);
    show(session.state.active);
    """

    assert told(tmp_path, script) == "b"


def test_a_region_that_hangs_holds_one_write_and_one_read(tmp_path: Path) -> None:
    script = """
    let most = 0;
    let running = 0;
    const { write, read } = Region.prototype;
    for (const [name, call] of [["write", write], ["read", read]]) {
      Region.prototype[name] = async function (...given) {
        if (this !== regions.a) return call.apply(this, given);
        running += 1;
        most = Math.max(most, running);
        try { return await call.apply(this, given); } finally { running -= 1; }
      };
    }
    play(open({ failureLimit: 60, timeoutMs: 2000 }));
    regions.a.mode = "hangs";
    await runUntil(30_000);
    show(most);
    """

    assert told(tmp_path, script) == 2


def test_without_any_region_each_bookmark_is_kept_and_the_next_that_answers_gets_it(
    tmp_path: Path,
) -> None:
    script = """
    play(open());
    for (const region of Object.values(regions)) region.mode = "refuses";
    await runUntil(30_000);
    const behind = now - kept.at(-1).bookmark * MINUTES;
    regions.c.mode = "up";
    await runUntil(32_000);
    show([behind <= 500, now - regions.c.stored.bookmark * MINUTES <= 600,
          entries.filter(({ kind }) => kind === "moved").map(({ text }) => text)]);
    """

    kept, taken, said = told(tmp_path, script)
    assert (kept, taken) == (True, True)
    assert said[0].startswith("No Region takes the bookmark")
    assert said[1:] == [
        "a failed 3 times in a row. Bookmarks go to c now.",
        "c has the bookmark again.",
    ]


def test_a_pause_during_a_write_is_written_when_the_write_is_done(tmp_path: Path) -> None:
    script = """
    const session = open();
    play(session);
    await runUntil(5020);
    playing = false;
    session.save();
    await runUntil(6000);
    show(Math.round(regions.a.stored.bookmark * MINUTES));
    """

    assert told(tmp_path, script) == 5040


def test_a_newer_bookmark_of_another_player_is_no_failure_and_the_next_write_wins(
    tmp_path: Path,
) -> None:
    script = """
    const session = open();
    const theirs = { film: "01", bookmark: 0.9, version: 1_800_000_000_000, writtenIn: "b" };
    session.beat();
    regions.a.stored = theirs;
    await runUntil(100);
    const { failures, health } = session.state.endpoints[0];
    session.beat();
    await runUntil(600);
    const raised = regions.a.stored.version - theirs.version;
    show([failures, health, entries.map(({ kind }) => kind), raised]);
    """

    assert told(tmp_path, script) == [0, "up", ["note", "written"], 1]


def test_a_film_resumes_at_the_newest_bookmark_of_any_region(tmp_path: Path) -> None:
    script = """
    regions.a.stored = { film: "01", bookmark: 0.1, version: 10, writtenIn: "a" };
    regions.c.stored = { film: "01", bookmark: 0.2, version: 11, writtenIn: "c" };
    const here = { film: "01", bookmark: 0.9, version: 9, writtenIn: "" };
    const finding = open().findBookmark(here, 0);
    await runUntil(5000);
    const slow = new Promise((resolve) => setTimeout(resolve, 20));
    await slow;
    const { bookmark, onlyHere } = await finding;
    show([bookmark, onlyHere]);
    """

    assert told(tmp_path, script) == [0.2, False]


def test_a_film_resumes_at_the_bookmark_of_this_browser_when_no_region_has_it(
    tmp_path: Path,
) -> None:
    script = """
    for (const region of Object.values(regions)) region.mode = "refuses";
    const here = { film: "01", bookmark: 0.9, version: 9, writtenIn: "" };
    const finding = open().findBookmark(here, 0);
    await runUntil(5000);
    const { bookmark, onlyHere } = await finding;
    show([bookmark, onlyHere]);
    """

    assert told(tmp_path, script) == [0.9, True]


def test_a_region_that_hangs_does_not_hold_the_start(tmp_path: Path) -> None:
    script = """
    regions.a.stored = { film: "01", bookmark: 0.1, version: 10, writtenIn: "a" };
    regions.c.mode = "hangs";
    const finding = open({ timeoutMs: 2000 }).findBookmark(null, 0);
    await runUntil(100);
    await new Promise((resolve) => setTimeout(resolve, 20));
    show([(await finding).bookmark, now]);
    """

    assert told(tmp_path, script) == [0.1, 100]


def test_a_film_without_a_bookmark_has_none(tmp_path: Path) -> None:
    script = """
    const finding = open().findBookmark(null, 0);
    await runUntil(100);
    await new Promise((resolve) => setTimeout(resolve, 20));
    show(await finding);
    """

    assert told(tmp_path, script) is None
