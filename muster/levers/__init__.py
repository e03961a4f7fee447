"""What an operator can pull: dials, health switches, faults.

Decides nothing itself; the names below are the package's interface. `muster.levers.stack` has the
levers of a deployed stack.
"""

from muster.levers.interface import (
    Fault,
    FaultKind,
    Levers,
    fault_words,
    side,
    side_of,
    stands,
)

__all__ = ["Fault", "FaultKind", "Levers", "fault_words", "side", "side_of", "stands"]
