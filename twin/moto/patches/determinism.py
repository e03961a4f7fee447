"""Makes moto deterministic: replaying the call journal gives the same ids and the same times.

Ids: moto draws them from one random generator of its own. It is seeded before each journaled
request with the journal's creation time and the request's number. Times: moto reads the clock
through one function of `moto.core.utils` (and, in a few modules, through a class imported by name);
both return the request's time here. Objects that moto creates lazily at the first use of a service
in a Region (the default VPC, for example) are seeded by service and Region and dated at the
journal's creation, so that they do not depend on which request, journaled or not, comes first.

Not deterministic, because made by OpenSSL or the kernel: key material (EC2 key pairs, KMS keys, STS
session tokens).
"""

import contextlib
import datetime
import importlib
import random
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import moto.core.utils as core_utils
from moto.core.base_backend import AccountSpecificBackend
from moto.core.common_models import BaseModel
from moto.moto_api._internal import mock_random

from common.clock import Clock
from twin.moto.patches.patching import replace_method, set_attribute

# Modules, of the services in use, that import the class `datetime` by name and call its now().
_NAMED_IMPORTS = ("moto.cloudwatch.models",)


@dataclass(slots=True)
class _MotoTime:
    """The time that moto reads: the current request's, else the clock's."""

    clock: Clock
    created_at: float
    fixed: list[float] = field(default_factory=list)
    """A stack, innermost last: a lazy creation happens inside a request."""

    def now(self) -> float:
        return self.fixed[-1] if self.fixed else self.clock.now()


class Determinism:
    """Controls moto's clock and seeds; one instance a process, as moto's state is global."""

    def __init__(self, clock: Clock, created_at: float) -> None:
        """`created_at`: creation time of the journal, seconds since 1970."""
        self._time = _MotoTime(clock, created_at)

    def install(self) -> None:
        """Replace moto's clock and its lazy creation of backends."""
        set_attribute(BaseModel, "__new__", _new_model)
        datetime_module = _make_datetime_module(self._time.now)
        core_utils.__dict__["datetime"] = datetime_module
        replace_method(AccountSpecificBackend, "__getitem__", self._create_backends_seeded)
        for name in _NAMED_IMPORTS:
            importlib.import_module(name).__dict__["datetime"] = datetime_module.datetime

    @contextlib.contextmanager
    def request(self, number: int, at: float) -> Iterator[None]:
        """Run the request with this number in the journal, at this time."""
        _seed(f"{self._time.created_at}:request:{number}")
        with self._at(at):
            yield

    def _create_backends_seeded(self, original: Any) -> Any:
        """AccountSpecificBackend.__getitem__ that creates backends inside `_creation`."""

        def getitem(backends: Any, region_name: str) -> Any:
            name = "aws" if region_name == "global" else region_name
            if name in backends.keys():  # noqa: SIM118 - `in` is true for any valid Region
                return original(backends, name)
            with self._creation(f"{backends.service_name}:{backends.account_id}:{name}"):
                return original(backends, name)

        return getitem

    @contextlib.contextmanager
    def _creation(self, name: str) -> Iterator[None]:
        """Run a lazy creation, then restore the random state of the request around it."""
        state = mock_random.getstate()
        _seed(f"{self._time.created_at}:birth:{name}")
        try:
            with self._at(self._time.created_at):
                yield
        finally:
            mock_random.setstate(state)

    @contextlib.contextmanager
    def _at(self, moment: float) -> Iterator[None]:
        self._time.fixed.append(moment)
        try:
            yield
        finally:
            self._time.fixed.pop()


def _new_model(cls: type[BaseModel], *_: object, **__: object) -> BaseModel:
    """An object of moto's, which moto would keep in a list of its class for ever."""
    return object.__new__(cls)


def _seed(text: str) -> None:
    mock_random.seed(text)
    random.seed(text)


def _make_datetime_module(now: Callable[[], float]) -> Any:
    """A copy of the module `datetime` whose now() is `now`."""

    class MotoDatetime(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return datetime.datetime.fromtimestamp(now(), tz)

    module = types.ModuleType("datetime")
    module.__dict__.update(vars(datetime))
    module.__dict__["datetime"] = MotoDatetime
    return module
