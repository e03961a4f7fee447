"""Snapshots of moto's state: taken before a call, restored when the call fails; also kept on disk.

A snapshot is one pickle of what all backends hold, so that objects which several backends share
stay shared. The backends themselves, which moto's objects refer to, are named in it and not
contained. Two snapshots with the same content are of the same state; the converse need not hold.

The zips of functions stay out of the content, as pickle's out-of-band buffers: most calls change
none of them, and copying megabytes at each call would take longer than the call.
"""

import copyreg
import io
import pickle
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from moto import backends as moto_backends
from moto.awslambda.models import LambdaFunction
from moto.core.base_backend import AccountSpecificBackend, BackendDict

_PROTOCOL = 5
_Name = tuple[str, str, str]
"""Of a backend: service, account, Region."""
_State = dict[_Name, dict[str, Any]]
"""Name of a backend -> its attributes."""
_Reduced = tuple[Any, ...]
_PICKLE_ERRORS = (pickle.PicklingError, AttributeError, TypeError, RecursionError)


@dataclass(frozen=True, slots=True)
class StateSnapshot:
    """moto's state at one moment."""

    content: bytes
    """A pickle without the functions' zips."""
    zips: tuple[bytes, ...] = ()


class SnapshotFailed(Exception):
    """moto's state holds an object that can't be pickled."""


def take_snapshot() -> StateSnapshot:
    """The present state of all backends. Raises SnapshotFailed."""
    zips: list[bytes] = []
    state: _State = {}
    names: dict[int, _Name] = {}
    """id of a backend -> its name."""
    table: dict[type, Callable[[Any], Any]] = {**copyreg.dispatch_table, **_REDUCERS}
    for name, backend in _backends():
        state[name] = backend.__dict__
        names[id(backend)] = name
        table[type(backend)] = lambda found: (_backend, names[id(found)])

    def keep(buffer: pickle.PickleBuffer) -> None:
        with buffer.raw() as view:
            zips.append(cast(bytes, view.obj))

    file = io.BytesIO()
    pickler = pickle.Pickler(file, _PROTOCOL, buffer_callback=keep)
    pickler.dispatch_table = table
    try:
        pickler.dump(state)
    except _PICKLE_ERRORS as exc:
        raise SnapshotFailed(f"moto's state can't be pickled: {exc}") from exc
    return StateSnapshot(file.getvalue(), tuple(zips))


def restore_snapshot(snapshot: StateSnapshot) -> None:
    """Bring moto back to a state; backends that it did not have are created anew when needed.

    Raises whatever pickle raises for a content that another version wrote.
    """
    state: _State = pickle.loads(  # noqa: S301 - of this user's own state
        snapshot.content, buffers=snapshot.zips
    )
    for name, _ in list(_backends()):
        if name not in state:
            _forget_backend(*name)
    for name, attributes in state.items():
        _backend(*name).__dict__ = attributes


def _backends() -> Iterator[tuple[_Name, Any]]:
    used: list[Any] = BackendDict.__dict__["_instances"]  # typed by the service otherwise
    for services in used:
        for account, regions in services.items():
            for region, backend in regions.items():
                yield (services.service_name, account, region), backend


def _services(service: str) -> Any:
    return moto_backends.get_backend(cast(Any, service))


def _regions(service: str, account: str) -> Any:
    return _services(service)[account]


def _backend(service: str, account: str, region: str) -> Any:
    """moto's backend; an empty one, without moto's initial resources, where there is none."""
    regions = _regions(service, account)
    if region not in dict.keys(regions):
        backend_class = regions.backend
        dict.__setitem__(regions, region, backend_class.__new__(backend_class))
    return dict.__getitem__(regions, region)


def _forget_backend(service: str, account: str, region: str) -> None:
    del _regions(service, account)[region]


def _reduce_function(function: LambdaFunction) -> _Reduced:
    state = {**function.__dict__, "code_bytes": pickle.PickleBuffer(function.code_bytes)}
    return copyreg.__newobj__, (LambdaFunction,), state  # type: ignore[attr-defined]


def _reduce_weak_values(values: "weakref.WeakValueDictionary[Any, Any]") -> _Reduced:
    return weakref.WeakValueDictionary, (), None, None, iter(values.items())


_REDUCERS: dict[type, Callable[[Any], _Reduced]] = {
    AccountSpecificBackend: lambda found: (_regions, (found.service_name, found.account_id)),
    BackendDict: lambda found: (_services, (found.service_name,)),
    LambdaFunction: _reduce_function,
    weakref.WeakValueDictionary: _reduce_weak_values,
}
