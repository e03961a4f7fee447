"""Tokens of moto's lists: they outlive a restart, and the deletion of the item that they name.

moto's token has a hash of the call's parameters, another one in each process, and names the first
item of its page. Here it also has the item's position, where the page begins without that item.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from botocore.paginate import TokenDecoder, TokenEncoder
from moto.core.exceptions import InvalidToken
from moto.utilities.paginator import Paginator

from twin.moto.patches.patching import set_attribute

_POSITION = "position"


def patch_list_tokens() -> None:
    set_attribute(Paginator, "_calculate_parameter_checksum", _digest_parameters)
    set_attribute(Paginator, "paginate", _paginate)


def _digest_parameters(self: Any) -> str:
    """Of the call's parameters; those that were not given count as none."""
    given = {name: value for name, value in self._param_values_to_check.items() if value}
    return hashlib.sha256(repr(sorted(given.items())).encode()).hexdigest()


def _paginate(self: Any, results: Sequence[Any]) -> tuple[Sequence[Any], str | None]:
    """A page of the results, and the token of the next one."""
    if self._starting_token and self._parsed_token is None:
        return [], None
    start = _find_start(self, results) if self._parsed_token else 0
    end = start + self._max_results
    if end >= len(results):
        return results[start:], None
    token = TokenDecoder().decode(self._build_next_token(results[end]))
    return results[start:end], str(TokenEncoder().encode({**token, _POSITION: end}))


def _find_start(self: Any, results: Sequence[Any]) -> int:
    position = self._parsed_token.get(_POSITION)
    if not isinstance(position, int):
        raise InvalidToken
    found = (index for index, item in enumerate(results) if self._check_predicate(item))
    return next(found, min(max(position, 0), len(results)))
