"""What errors of sockets are called."""

import errno
import ssl

import pytest

from muster.measure.samples import Outcome
from muster.probe.connection import outcome_of


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), Outcome.REFUSED),
        (ConnectionResetError(errno.ECONNRESET, "x"), Outcome.RESET),
        (BrokenPipeError(errno.EPIPE, "x"), Outcome.RESET),
        (ConnectionAbortedError("TLS handshake took too long"), Outcome.RESET),
        (OSError(errno.ETIMEDOUT, "x"), Outcome.CONNECT_TIMEOUT),
        (ssl.SSLCertVerificationError("x"), Outcome.TLS),
        (OSError(errno.EHOSTUNREACH, "x"), Outcome.UNREACHABLE),
        (OSError(errno.ENETUNREACH, "x"), Outcome.UNREACHABLE),
        (OSError(errno.EMFILE, "x"), Outcome.LOST),
        (OSError(errno.EADDRNOTAVAIL, "x"), Outcome.LOST),
        (OSError("no number"), Outcome.UNREACHABLE),
    ],
)
def test_an_error_has_an_outcome(error: OSError, outcome: Outcome) -> None:
    assert outcome_of(error) is outcome


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_number_has_an_outcome_that_is_no_success(number: int) -> None:
    assert outcome_of(OSError(number, "x")) not in (Outcome.OK, Outcome.ABSENT, Outcome.STATUS)
