"""Caches that make moto's update expressions about twice as fast.

Measured on `ADD n :one SET z = :z`: most of moto's 0.9 ms goes into parsing the same text twice for
each request, and into `issubclass` checks against abstract base classes for each node and pass.
Here each text is parsed once (moto's validator works on a copy of the tree), and the results of the
checks are cached.
"""

from functools import lru_cache
from typing import Any

from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]  # untyped there
    DepthFirstTraverser,
    Node,
)
from moto.dynamodb.parsing.expressions import (  # type: ignore[attr-defined]  # untyped there
    UpdateExpressionParser,
)

MAX_CACHED_EXPRESSIONS = 1000
"""Parsed expressions to keep."""

_is_handled_cache: dict[tuple[type, type], bool] = {}
_is_node_cache: dict[type, bool] = {}


def speed_up_expressions() -> None:
    """Install the caches, once for the process."""
    if DepthFirstTraverser.traverse_node_recursively is _traverse_cached:
        return
    UpdateExpressionParser.make = lru_cache(MAX_CACHED_EXPRESSIONS)(UpdateExpressionParser.make)
    DepthFirstTraverser.traverse_node_recursively = _traverse_cached


def _traverse_cached(self: Any, node: Any, child_id: int = -1) -> Any:
    """moto's depth-first traversal, with cached `issubclass` checks."""
    if not _is_node(node):
        return node
    parent = node.parent
    for index, child in enumerate(node.children or ()):
        self.pre_processing_of_child(node, index)
        self.traverse_node_recursively(child, index)
    if _is_handled(self, node):
        node = self.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


def _is_node(value: object) -> bool:
    kind = type(value)
    if kind not in _is_node_cache:
        _is_node_cache[kind] = issubclass(kind, Node)
    return _is_node_cache[kind]


def _is_handled(traverser: Any, node: object) -> bool:
    kinds = (type(traverser), type(node))
    if kinds not in _is_handled_cache:
        _is_handled_cache[kinds] = issubclass(kinds[1], traverser.nodes_to_be_processed())
    return _is_handled_cache[kinds]
