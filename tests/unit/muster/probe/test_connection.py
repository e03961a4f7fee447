"""The outcomes of socket errors."""

import errno
import ssl

import pytest

from muster.measure.samples import RequestOutcome
from muster.probe.connection import classify_socket_error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), RequestOutcome.REFUSED),
        (ConnectionResetError(errno.ECONNRESET, "x"), RequestOutcome.RESET),
        (BrokenPipeError(errno.EPIPE, "x"), RequestOutcome.RESET),
        (ConnectionAbortedError("TLS handshake took too long"), RequestOutcome.RESET),
        (OSError(errno.ETIMEDOUT, "x"), RequestOutcome.CONNECT_TIMEOUT),
        (ssl.SSLCertVerificationError("x"), RequestOutcome.TLS),
        (OSError(errno.EHOSTUNREACH, "x"), RequestOutcome.UNREACHABLE),
        (OSError(errno.ENETUNREACH, "x"), RequestOutcome.UNREACHABLE),
        (OSError(errno.EMFILE, "x"), RequestOutcome.LOST),
        (OSError(errno.EADDRNOTAVAIL, "x"), RequestOutcome.LOST),
        (OSError("no number"), RequestOutcome.UNREACHABLE),
    ],
)
def test_a_socket_error_has_its_outcome(error: OSError, outcome: RequestOutcome) -> None:
    assert classify_socket_error(error) is outcome


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_number_has_an_outcome_that_is_no_success(number: int) -> None:
    assert classify_socket_error(OSError(number, "x")) not in (
        RequestOutcome.OK,
        RequestOutcome.ABSENT,
        RequestOutcome.STATUS,
    )
