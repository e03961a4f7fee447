"""An AWS service of control's own, with all of its state in one immutable document.

An operation is a function from (state, context, parameters) to (next state, result). Calls run one
at a time; a call that fails has changed nothing. The next state is on disk before the call is
answered. Requests are read, checked and answered by botocore's model of the service, whatever its
protocol is.
"""

import copy
import logging
import math
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from common.files.atomic_file import write_atomically
from common.files.regular_file import FileTooLarge, read_regular_file
from twin import codec
from twin.errors import CodecError, TwinError
from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response
from twin.moto.calls.checks import check_call
from twin.moto.calls.response_writer import write_response
from twin.runtime.damaged_state import set_file_aside

log = logging.getLogger(__name__)

State = TypeVar("State")
Params = Mapping[str, Any]
"""As boto3 takes them."""
Result = Mapping[str, object]
"""As boto3 returns it."""


MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
"""Of a service's state: each change writes it as a whole, and other processes get most of it."""


def describe_write_error(cause: OSError) -> str:
    """What a caller is told of a change that can't be written, on a full disk for example."""
    return f"control can't write its state: {cause.strerror or cause}"


class CallRefused(TwinError):
    """The service answers the call with an error: `code` is AWS's."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """Everything else that a call depends on."""

    account: str
    region: str
    """That the call is signed for."""
    now: float
    """Seconds since 1970."""
    rng: random.Random

    def hex(self, digits: int) -> str:
        """Random hexadecimal digits in lower case."""
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def token(self, length: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz0123456789") -> str:
        """Random characters of the alphabet."""
        return "".join(self.rng.choice(alphabet) for _ in range(length))

    def uuid(self) -> str:
        """A random UUID in lower case."""
        digits = self.hex(32)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


Operation = Callable[[State, CallContext, Params], tuple[State, Result]]
"""Raises CallRefused."""
Query = Callable[[State, CallContext, Params], Awaitable[Result]]
"""An operation that changes nothing, and asks other processes. Raises CallRefused."""


@dataclass(slots=True)
class _Document(Generic[State]):
    """The state that all APIs of a service have in common."""

    state: State
    size: int
    """Of its text, as saved last; 0 before the first change."""


class DocumentService(Generic[State]):
    """One service and its state."""

    def __init__(  # noqa: PLR0913 - only Route 53 has a `dumps` of its own
        self,
        path: Path,
        empty: State,
        *,
        operations: Mapping[str, Operation[State]],
        queries: Mapping[str, Query[State]],
        make_context: Callable[[AwsCall], CallContext],
        on_change: Callable[[State, State], None],
        dumps: Callable[[State], str] = codec.dumps,
        max_bytes: int = MAX_DOCUMENT_BYTES,
    ) -> None:
        """Load the state in `path`, else begin with `empty`.

        `on_change` takes the states before and after a change, after it is saved. `dumps` makes
        the same text as twin.codec, or does it faster (twin.document_writer). A call that makes
        the text longer than `max_bytes` is refused.
        """
        state = load_state(path, empty)
        self._document = _Document(state, path.stat().st_size if path.exists() else 0)
        self._max_bytes = max_bytes
        self._path = path
        self._operations = operations
        self._queries = queries
        self._make_context = make_context
        self._on_change = on_change
        self._dumps = dumps

    @property
    def state(self) -> State:
        return self._document.state

    def with_operations(self, operations: Mapping[str, Operation[State]]) -> Self:
        """Another API of the same service: other operations on the same document."""
        other = copy.copy(self)
        other._operations = operations
        other._queries = {}
        return other

    async def handle(self, call: AwsCall) -> AwsResponse:
        """Answer one call. Raises OSError for a state that can't be written."""
        checked = check_call(call)
        if isinstance(checked, AwsResponse):
            return checked
        context = self._make_context(call)
        given = {name: v for name, v in checked.parameters.items() if v is not None}
        try:
            if checked.operation in self._queries:
                query = self._queries[checked.operation]
                result = await query(self.state, context, given)
            else:
                operation = self._operations[checked.operation]
                state, result = operation(self.state, context, given)
                self._save(state, self._max_bytes)
        except CallRefused as refused:
            return aws_error_response(call, refused.status, refused.code, refused.message)
        except OSError:
            raise
        except Exception as exc:  # a defect costs this call alone, and nothing is changed
            log.exception("%s failed", call.label)
            text = f"The twin failed at {checked.operation}: {exc!r}"
            return aws_error_response(call, 500, "InternalFailure", text)
        return write_response(call, checked.operation, result)

    def replace_state(self, state: State) -> None:
        """Save the next state, also one that no call has made. Raises OSError."""
        self._save(state)

    def _save(self, state: State, max_bytes: float = math.inf) -> None:
        """Raises OSError; CallRefused for a text that is too long, and longer than the last."""
        before = self.state
        if state == before:
            return
        text = self._dumps(state)
        if max(max_bytes, self._document.size) < len(text):
            raise CallRefused(
                "LimitExceededException",
                f"The resources of this service would take {len(text)} bytes; the twin keeps up to "
                f"{max_bytes}. Delete some, or make smaller ones.",
            )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, text)
        self._document.state, self._document.size = state, len(text)
        self._on_change(before, state)


def load_state(path: Path, empty: State, loss: str = "the service starts empty") -> State:
    """The saved state, or the empty one; a damaged one is kept beside it.

    `loss`: what the log says that the empty one means.
    """
    try:
        return codec.loads(type(empty), read_regular_file(path))
    except FileNotFoundError:
        return empty
    except (CodecError, FileTooLarge) as exc:
        kept = set_file_aside(path)
        log.error("%s: %s. It is kept in %s; %s", path, exc, kept, loss)
        return empty
