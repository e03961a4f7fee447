"""Sample data: none, since each value names the Region that wrote it."""

from app.table import Attributes

SAMPLE_ITEMS: tuple[Attributes, ...] = ()
