"""What setting up can run into."""


class SetupFailed(Exception):
    """A step can't be done; the message says why and what to do."""


class SourceUnavailable(Exception):
    """One way of getting something does not work here; there may be another."""
