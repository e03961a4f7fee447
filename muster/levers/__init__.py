"""The levers: code that changes dials and health switches, and injects faults.

Decides nothing itself; the names below are the package's interface. `muster.levers.stack_levers`
has the levers of a deployed stack.
"""

from muster.levers.interface import (
    Fault,
    FaultKind,
    Levers,
    describe_active_fault,
    describe_fault,
    fault_scope,
    scope_of_fault,
)

__all__ = [
    "Fault",
    "FaultKind",
    "Levers",
    "describe_active_fault",
    "describe_fault",
    "fault_scope",
    "scope_of_fault",
]
