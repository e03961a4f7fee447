"""Samples and sightings for tests, with defaults for all that a test does not care about."""

from dataclasses import replace

from hypothesis import strategies as st

from muster.measure.samples import Cohort, Presence, RequestKind, RequestOutcome, Sample, Sighting

HOME, AWAY = "us-west-2", "eu-central-1"


def answered_sample(
    at_s: float, region: str = HOME, *, took_s: float = 0.05, **more: object
) -> Sample:
    """A request that a Region answered well."""
    fields: dict[str, object] = {
        "scheduled_s": at_s,
        "sent_s": at_s,
        "connected_s": at_s,
        "finished_s": at_s + took_s,
        "outcome": RequestOutcome.OK,
        "status": 200,
        "region": region,
    }
    return make_sample(**(fields | more))


def failed_sample(
    at_s: float,
    outcome: RequestOutcome = RequestOutcome.RESET,
    *,
    took_s: float = 0.05,
    **more: object,
) -> Sample:
    """A failed request."""
    fields: dict[str, object] = {
        "scheduled_s": at_s,
        "sent_s": at_s,
        "finished_s": at_s + took_s,
        "outcome": outcome,
    }
    return make_sample(**(fields | more))


def lost_sample(at_s: float, **more: object) -> Sample:
    """A request that the prober did not send."""
    return failed_sample(at_s, RequestOutcome.LOST, **({"sent_s": None} | more))  # type: ignore[arg-type]  # free-form fields of a test


def make_sample(**fields: object) -> Sample:
    """A sample; by default its number is its scheduled time in milliseconds."""
    at_s = fields["scheduled_s"]
    assert isinstance(at_s, float | int)
    defaults: dict[str, object] = {
        "seq": round(at_s * 1000),
        "cohort": Cohort.NEW,
        "vantage": "Portland",
        "target": "192.0.2.1",
    }
    return Sample(**(defaults | fields))  # type: ignore[arg-type]  # free-form fields of a test


def acknowledged_write(
    item: str, at_s: float, region: str = HOME, *, again: bool = False
) -> Sample:
    """An acknowledged write, sent 0.05 s before `at_s` and acknowledged then."""
    return answered_sample(
        at_s - 0.05,
        region,
        cohort=Cohort.WRITE_READ,
        step=RequestKind.REWRITE if again else RequestKind.WRITE,
        item=item,
    )


def make_sighting(
    item: str, at_s: float, region: str, presence: str, writer: str | None = None
) -> Sighting:
    """A read that took 0.01 s."""
    return Sighting(
        item=item,
        region=region,
        asked_s=at_s,
        answered_s=at_s + 0.01,
        presence=Presence(presence),
        writer=writer,
    )


def sample_lists(max_size: int = 60) -> st.SearchStrategy[list[Sample]]:
    """Any mix of outcomes and Regions on a coarse time grid, so that equal times are common."""
    one = st.builds(
        _any_sample,
        tick=st.integers(0, 40),
        took=st.integers(0, 8),
        kind=st.sampled_from(["home", "away", "fail", "lost", "503"]),
        vantage=st.sampled_from(["Portland", "Oslo"]),
    )
    return st.lists(one, max_size=max_size).map(
        lambda made: [_numbered(s, n) for n, s in enumerate(made)]
    )


def _any_sample(tick: int, took: int, kind: str, vantage: str) -> Sample:
    at_s, took_s = tick / 4, took / 4
    if kind == "lost":
        return lost_sample(at_s, vantage=vantage)
    if kind == "fail":
        return failed_sample(at_s, RequestOutcome.ANSWER_TIMEOUT, took_s=took_s, vantage=vantage)
    if kind == "503":
        return failed_sample(
            at_s, RequestOutcome.STATUS, took_s=took_s, status=503, region=AWAY, vantage=vantage
        )
    region = HOME if kind == "home" else AWAY
    return answered_sample(at_s, region, took_s=took_s, vantage=vantage)


def _numbered(sample: Sample, number: int) -> Sample:
    return replace(sample, seq=number)
