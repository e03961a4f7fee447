"""Errors of reads, as lines."""

from muster.system.read_errors import ReadErrors


def test_reads_that_failed_for_one_reason_are_listed_in_one_order() -> None:
    """A view is read again and again, and its lines should not change without a reason."""
    errors = ReadErrors()
    errors.add("dials", "us-west-2", "no answer")
    errors.add("accelerator", "us-west-2", "no answer")

    assert errors.describe() == ("us-west-2: accelerator, dials could not be read: no answer",)


def test_one_reason_in_several_places_is_told_once() -> None:
    errors = ReadErrors()
    errors.add("dials", "us-west-2", "no answer")
    errors.add("metrics", "eu-central-1", "no answer")
    errors.add("health switch", "eu-central-1", "no answer")

    assert errors.describe() == (
        "us-west-2 (dials), eu-central-1 (health switch, metrics) could not be read: no answer",
    )
