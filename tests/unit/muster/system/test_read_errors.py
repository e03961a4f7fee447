"""What could not be read, in words."""

from muster.system.read_errors import ReadErrors


def test_things_of_one_reason_are_told_in_the_same_order_however_they_failed() -> None:
    """A view is read again and again, and its lines should not change without a reason."""
    problems = ReadErrors()
    problems.note("dials", "us-west-2", "no answer")
    problems.note("accelerator", "us-west-2", "no answer")

    assert problems.words() == ("us-west-2: accelerator, dials could not be read: no answer",)
