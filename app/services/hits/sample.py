"""Sample data: none, since every counter belongs to a client."""

from app.table import Attributes

SAMPLE_ITEMS: tuple[Attributes, ...] = ()
