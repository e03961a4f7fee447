"""TLS on a server's connection, under any asyncio protocol of a stream.

asyncio's own TLS drops the alert of a failed handshake, and can't tell plain HTTP from TLS before
it begins; clients of AWS see both. So OpenSSL runs on memory buffers here:

| State | bytes of the client | the client closes its side |
|---|---|---|
| FIRST | the first byte tells TLS from plain HTTP | closed |
| HANDSHAKE | for OpenSSL; at its end the inner protocol begins | closed |
| OPEN | decrypted for the inner protocol | told to the inner protocol, then closed |
| CLOSED | dropped | closed |

A connection that does not finish its handshake in time is closed. TLS has no half-closed
connections that clients can be relied on to keep, so `write_eof` sends close_notify and leaves the
connection open for what the client still sends, until the inner protocol closes it.

TLS has messages of its own, such as new keys and another handshake, which OpenSSL answers one by
one. A client that sends little else is disconnected: otherwise its messages take the processor from
other clients, and the answers that it does not read take memory.
"""

import asyncio
import contextlib
import ssl
import sys
from collections.abc import Callable, Iterator
from enum import Enum, auto

from twin.runtime.descriptors import is_reserved

HANDSHAKE_TIMEOUT_S = 10.0
LINGER_S = 1.0
"""How long bytes of a refused client are dropped before its connection is closed."""
_RECORD_OF_HANDSHAKE = 0x16
"""First byte of a TLS connection (RFC 8446, 5.1)."""
_CHUNK = 256 * 1024
_SLICE = 16 * 1024
"""Of what is received, so much goes to OpenSSL at once: it handles all of it before it returns."""
_MAX_BARREN_BYTES = 64 * 1024
_WIRE_BYTES_PER_DATA_BYTE = 64
"""More than a record with one byte takes; beyond this, received bytes count as barren."""
_WOULD_BLOCK = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class _State(Enum):
    FIRST = auto()
    HANDSHAKE = auto()
    OPEN = auto()
    CLOSED = auto()


class TlsConnection(asyncio.Protocol):
    """Speaks TLS with the client, and plain bytes with the inner protocol."""

    def __init__(
        self,
        make_protocol: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext,
        *,
        on_failure: Callable[[str], None],
        refuse_plain: Callable[[], bytes],
        handshake_timeout_s: float = HANDSHAKE_TIMEOUT_S,
    ) -> None:
        """`make_protocol` is called once a handshake is done.

        `on_failure` takes why there was none. `refuse_plain` makes the answer to a client that does
        not speak TLS, which is no failure.
        """
        self._make_protocol = make_protocol
        self._on_failure = on_failure
        self._refuse_plain = refuse_plain
        self._timeout_s = handshake_timeout_s
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._state = _State.FIRST
        self._transport: asyncio.Transport | None = None
        self._protocol: asyncio.Protocol | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._paused = False
        self._closing = False
        self._said_goodbye = False
        self._barren_bytes = 0
        """Received bytes that brought no data."""

    # -- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"not a transport of a stream: {transport!r}")
        self._transport = transport
        sock = transport.get_extra_info("socket")
        if sock is not None and is_reserved(sock.fileno()):
            self._state = _State.CLOSED
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._timeout_s, self._time_out)

    def data_received(self, data: bytes) -> None:
        if self._state is _State.CLOSED or self._said_goodbye:
            return
        if self._state is _State.FIRST:
            if data[0] != _RECORD_OF_HANDSHAKE:
                self._stop_timer()
                self._state = _State.CLOSED
                self._close_after(self._refuse_plain())
                return
            self._state = _State.HANDSHAKE
        for start in range(0, len(data), _SLICE):
            self._incoming.write(data[start : start + _SLICE])
            if self._state is _State.HANDSHAKE:
                self._shake_hands()
            if self._state is _State.OPEN:
                self._deliver()

    def eof_received(self) -> bool:
        if self._state is _State.OPEN:
            self._end_of_data()
        elif self._state in (_State.FIRST, _State.HANDSHAKE):
            self._fail("the client closed the connection in the handshake")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        if self._state in (_State.FIRST, _State.HANDSHAKE):
            self._fail("the client closed the connection in the handshake")
        self._state = _State.CLOSED
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.connection_lost(exc)
        self._transport = None

    def pause_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        if self._protocol is not None:
            self._protocol.resume_writing()

    # -- the handshake

    def _shake_hands(self) -> None:
        try:
            with _without_reports_of_names():
                self._tls.do_handshake()
        except _WOULD_BLOCK:
            self._flush()
            return
        except ssl.SSLError as exc:
            self._flush()  # the alert
            self._fail(exc.reason or str(exc))
            self._close_after(b"")
            return
        self._flush()
        self._stop_timer()
        self._state = _State.OPEN
        self._protocol = self._make_protocol()
        self._protocol.connection_made(TlsTransport(self))

    def _time_out(self) -> None:
        self._fail("no handshake in time")
        if self._transport is not None:
            self._transport.abort()

    def _close_after(self, answer: bytes) -> None:
        """Close the connection in a way that lets the client read the answer."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(answer)
        transport.write_eof()
        self._timer = asyncio.get_running_loop().call_later(LINGER_S, transport.abort)

    def _fail(self, reason: str) -> None:
        if self._state is not _State.CLOSED:
            self._state = _State.CLOSED
            self._stop_timer()
            self._on_failure(reason)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- data

    def _deliver(self) -> None:
        """Give the inner protocol what can be decrypted, unless it has paused or said goodbye."""
        while self._state is _State.OPEN and self._protocol is not None:
            if self._paused or self._said_goodbye or self._closing:
                break
            received = self._incoming.pending
            try:
                data = self._tls.read(_CHUNK)
            except _WOULD_BLOCK:
                if not self._is_fruitful(received - self._incoming.pending, data_bytes=0):
                    self.abort()
                    return
                break
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError:
                self._flush()
                self.abort()
                return
            if not data:
                self._end_of_data()
                break
            self._is_fruitful(received - self._incoming.pending, data_bytes=len(data))
            self._protocol.data_received(data)
        self._flush()

    def _is_fruitful(self, wire_bytes: int, data_bytes: int) -> bool:
        """Count what was received; whether the client sends data enough."""
        balance = self._barren_bytes + wire_bytes - _WIRE_BYTES_PER_DATA_BYTE * data_bytes
        self._barren_bytes = max(0, balance)
        return self._barren_bytes <= _MAX_BARREN_BYTES

    def _end_of_data(self) -> None:
        """The client sends nothing more."""
        if self._protocol is None or self._closing:
            return
        if not self._protocol.eof_received():
            self.close()

    def _flush(self) -> None:
        if self._outgoing.pending and self._transport is not None:
            self._transport.write(self._outgoing.read())

    # -- called by TlsTransport

    @property
    def transport(self) -> asyncio.Transport | None:
        """The connection below; None once it is lost."""
        return self._transport

    @property
    def is_closing(self) -> bool:
        return self._closing or self._transport is None or self._transport.is_closing()

    @property
    def tls(self) -> ssl.SSLObject:
        """OpenSSL's view of the connection."""
        return self._tls

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send; nothing after close_notify."""
        if self.is_closing or self._said_goodbye:
            return
        view = memoryview(data)
        try:
            while view:
                view = view[self._tls.write(view) :]
        except ssl.SSLError:
            self.abort()
            return
        self._flush()

    def say_goodbye(self) -> None:
        """Send close_notify, once."""
        if self._said_goodbye or self._state is not _State.OPEN:
            return
        self._said_goodbye = True
        with contextlib.suppress(ssl.SSLError):  # the client's close_notify is not waited for
            self._tls.unwrap()
        self._flush()

    def close(self) -> None:
        """Send what is written and close_notify, then close."""
        if self._closing:
            return
        self.say_goodbye()
        self._closing = True
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        self._closing = True
        if self._transport is not None:
            self._transport.abort()

    def set_protocol(self, protocol: asyncio.Protocol) -> None:
        self._protocol = protocol

    def pause(self) -> None:
        self._paused = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Go on; what is decrypted already comes first, in the loop's next turn."""
        if not self._paused:
            return
        self._paused = False
        if self._transport is not None:
            self._transport.resume_reading()
            asyncio.get_running_loop().call_soon(self._deliver)


@contextlib.contextmanager
def _without_reports_of_names() -> Iterator[None]:
    """Let Python not write a traceback for each client whose SNI name is not ASCII.

    Its handshake fails with an alert, as it should; no callback can catch the error.
    """
    report = sys.unraisablehook

    def report_others(found: "sys.UnraisableHookArgs") -> None:
        if not (
            isinstance(found.exc_value, UnicodeDecodeError) and isinstance(found.object, bytes)
        ):
            report(found)

    sys.unraisablehook = report_others
    try:
        yield
    finally:
        sys.unraisablehook = report


class TlsTransport(asyncio.Transport):
    """What the inner protocol writes to."""

    def __init__(self, connection: TlsConnection) -> None:
        super().__init__()
        self._connection = connection

    def get_extra_info(self, name: str, default: object = None) -> object:
        """As for asyncio's own TLS: `ssl_object`, `cipher`, and those of the socket."""
        if name == "ssl_object":
            return self._connection.tls
        if name == "cipher":
            return self._connection.tls.cipher()
        below = self._connection.transport
        return default if below is None else below.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        if not isinstance(protocol, asyncio.Protocol):
            raise TypeError(f"not a protocol of a stream: {protocol!r}")
        self._connection.set_protocol(protocol)

    def is_closing(self) -> bool:
        return self._connection.is_closing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._connection.write(data)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Send close_notify: the client knows that nothing follows."""
        self._connection.say_goodbye()

    def close(self) -> None:
        self._connection.close()

    def abort(self) -> None:
        self._connection.abort()

    def pause_reading(self) -> None:
        self._connection.pause()

    def resume_reading(self) -> None:
        self._connection.resume()

    def get_write_buffer_size(self) -> int:
        below = self._connection.transport
        return 0 if below is None else below.get_write_buffer_size()
