"""The JSON of a change by hand."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from muster.drill.guards.context import GuardVerdict


def format_change(
    change: "DataclassInstance", verdicts: "Sequence[GuardVerdict]", **more: object
) -> str:
    """The change's fields, `more`, and in `guards` what each guard found."""
    guards = [asdict(verdict) for verdict in verdicts]
    return json.dumps({**asdict(change), **more, "guards": guards}, indent=2)
