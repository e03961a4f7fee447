"""A correction of moto's parser of the query protocol, whose time grows with the square of a call.

moto asks for each member of each structure whether any parameter's name starts with the member's
name, and looks through all of them. Here it looks the name up. Control answers one call at a time:
a rule of a security group with 3,000 ranges held up all other calls for minutes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.core.parse import QueryParser

from twin.moto.patches.patching import replace_method, set_attribute

_MAX_SEGMENTS = 64
"""Of a parameter's name; no operation of AWS nests its parameters as deep."""


def patch_query_parser() -> None:
    """Look names of structures up in a set that is made once for each call."""
    replace_method(QueryParser, "_do_parse", _do_parse)
    replace_method(QueryParser, "_gonna_recurse", _gonna_recurse)


def _do_parse(original: Callable[..., Any]) -> Callable[..., Any]:
    def do_parse(self: Any, request_dict: Mapping[str, Any], shape: Any) -> Any:
        set_attribute(self, "_twin_prefixes", find_prefixes(request_dict["values"]))
        return original(self, request_dict, shape)

    return do_parse


def _gonna_recurse(_original: Callable[..., bool]) -> Callable[..., bool]:
    def gonna_recurse(self: Any, _query_params: object, prefix: str) -> bool:
        return prefix != "" and prefix not in self._twin_prefixes

    return gonna_recurse


def find_prefixes(names: Iterable[str]) -> frozenset[str]:
    """All names of structures in the names of parameters: `A.1.B` has `A`, `A.1` and `A.1.B`."""
    prefixes: set[str] = set()
    for name in names:
        segments = name.split(".", _MAX_SEGMENTS)[:_MAX_SEGMENTS]
        prefix = segments[0]
        prefixes.add(prefix)
        for segment in segments[1:]:
            prefix = f"{prefix}.{segment}"
            prefixes.add(prefix)
    return frozenset(prefixes)
