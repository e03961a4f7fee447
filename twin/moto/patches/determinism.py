"""Makes moto repeatable: the same request, made again at its place in the journal, gives the same
ids and the same times.

Ids: moto draws them from one random generator of its own, which is seeded before each journaled
request from the journal's birth and the request's number. Times: moto reads the clock through one
function of `moto.core.utils` (and, in a few modules, through a class imported by name); both read
the moment of the request here. What moto makes lazily, on first touch of a service in a Region
(the default VPC, say), is seeded by service and Region and dated at the journal's birth, so that
it does not matter which request, journaled or not, comes first.

Not repeatable, because made by OpenSSL or the kernel: key material (EC2 key pairs, ACM and KMS
keys, STS session tokens).
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
from moto.moto_api._internal import mock_random

from common.clock import Clock
from twin.moto.patches.patching import replace_method

# Modules that import the class `datetime` by name and call its now(), of the services in use.
_NAMED_IMPORTS = ("moto.cloudwatch.models", "moto.route53.models")


@dataclass(slots=True)
class _Moments:
    """The moment that moto sees: that of the request, else the clock's."""

    clock: Clock
    born: float
    fixed: list[float] = field(default_factory=list)
    """Innermost last; a lazy birth happens inside a request."""

    def now(self) -> float:
        return self.fixed[-1] if self.fixed else self.clock.now()


class Determinism:
    """moto under our clock and our seeds; one in a process, since moto is one in a process."""

    def __init__(self, clock: Clock, born: float) -> None:
        """`born`: when the journal began, seconds since 1970."""
        self._moments = _Moments(clock, born)

    def install(self) -> None:
        """Take over moto's clock and its lazy births."""
        calendar = _calendar(self._moments.now)
        core_utils.__dict__["datetime"] = calendar
        replace_method(AccountSpecificBackend, "__getitem__", self._seeded_births)
        for name in _NAMED_IMPORTS:
            importlib.import_module(name).__dict__["datetime"] = calendar.datetime

    @contextlib.contextmanager
    def request(self, number: int, at: float) -> Iterator[None]:
        """Run the request that has this number in the journal, at this moment."""
        _seed(f"{self._moments.born}:request:{number}")
        with self._at(at):
            yield

    def _seeded_births(self, original: Any) -> Any:
        """AccountSpecificBackend.__getitem__, with the making of a backend inside `_birth`."""

        def getitem(backends: Any, region_name: str) -> Any:
            name = "aws" if region_name == "global" else region_name
            if name in backends.keys():  # noqa: SIM118 - `in` answers for Regions that may come
                return original(backends, name)
            with self._birth(f"{backends.service_name}:{backends.account_id}:{name}"):
                return original(backends, name)

        return getitem

    @contextlib.contextmanager
    def _birth(self, name: str) -> Iterator[None]:
        """Run a lazy birth; the request around it goes on with its own random numbers after it."""
        state = mock_random.getstate()
        _seed(f"{self._moments.born}:birth:{name}")
        try:
            with self._at(self._moments.born):
                yield
        finally:
            mock_random.setstate(state)

    @contextlib.contextmanager
    def _at(self, moment: float) -> Iterator[None]:
        self._moments.fixed.append(moment)
        try:
            yield
        finally:
            self._moments.fixed.pop()


def _seed(text: str) -> None:
    mock_random.seed(text)
    random.seed(text)


def _calendar(now: Callable[[], float]) -> Any:
    """The module `datetime`, but its now() is ours."""

    class Moment(datetime.datetime):
        """A datetime that reads moto's moment."""

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            """The moment of the request."""
            return datetime.datetime.fromtimestamp(now(), tz)

    stand_in = types.ModuleType("datetime")
    stand_in.__dict__.update(vars(datetime))
    stand_in.__dict__["datetime"] = Moment
    return stand_in
