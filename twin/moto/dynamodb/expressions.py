"""Makes moto's update expressions about twice as fast, without changing what they mean.

Measured on `ADD n :one SET z = :z`: most of moto's 0.9 ms goes into parsing the same text twice for
each request, and into asking abstract base classes, for each node and pass, whether a node is of a
class. Here texts are parsed once (moto's validator works on a copy of the tree), and the classes'
answers are remembered.
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
"""How many parsed texts are kept."""

_handled: dict[tuple[type, type], bool] = {}
_nodes: dict[type, bool] = {}


def speed_up_expressions() -> None:
    """Do it, once for the process."""
    if DepthFirstTraverser.traverse_node_recursively is _traverse:
        return
    UpdateExpressionParser.make = lru_cache(MAX_CACHED_EXPRESSIONS)(UpdateExpressionParser.make)
    DepthFirstTraverser.traverse_node_recursively = _traverse


def _traverse(self: Any, node: Any, child_id: int = -1) -> Any:
    """moto's depth-first traversal, with the questions to the classes remembered."""
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
    if kind not in _nodes:
        _nodes[kind] = issubclass(kind, Node)
    return _nodes[kind]


def _is_handled(traverser: Any, node: object) -> bool:
    kinds = (type(traverser), type(node))
    if kinds not in _handled:
        _handled[kinds] = issubclass(kinds[1], traverser.nodes_to_be_processed())
    return _handled[kinds]
