"""Sample data: none, since each item names the Region that wrote it."""

from app.table import Attributes

SAMPLE_ITEMS: tuple[Attributes, ...] = ()
