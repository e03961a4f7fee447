"""JSON documents of the operator's tool.

A field that is None is left out. An unknown field is refused: in a file that a person writes it is
a spelling mistake.
"""

from common.codec import Codec
from muster.errors import InvalidDocument

_CODEC = Codec(error=InvalidDocument, omit_none=True, refuse_unknown_fields=True)

dumps = _CODEC.dumps
plain = _CODEC.plain
loads = _CODEC.loads
decode = _CODEC.decode
decode_union = _CODEC.decode_union
