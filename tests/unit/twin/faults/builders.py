"""Faults for the tests of this folder."""

from twin.core.faults import Fault, FaultKind, Faults
from twin.faults.store import update_faults
from twin.runtime.instance import Instance


def network_cut(until_s: float | None = None) -> Fault:
    return Fault(
        kind=FaultKind.CUT,
        role="region/us-west-2",
        region="us-west-2",
        since_s=1000,
        until_s=until_s,
    )


def store_faults(instance: Instance, *faults: Fault) -> None:
    """Replace all stored faults."""
    update_faults(instance, lambda _: Faults(faults=faults))
