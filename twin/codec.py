"""JSON documents of the twin: its state, and what its processes send each other.

Keys are sorted. An unknown field is ignored, so that an older process reads a newer document.
"""

from common.codec import Codec
from twin.errors import CodecError

_CODEC = Codec(error=CodecError, sort_keys=True, allow_nan=True)

dumps = _CODEC.dumps
loads = _CODEC.loads
