"""What each exit code of a drill means, for a reader who has nothing but the code.

docs/conventions.md has the same codes.
"""

from collections.abc import Mapping

EXIT_MEANINGS: Mapping[int, str] = {
    0: "all steps were taken, and every target was met",
    1: (
        "a target was missed, or the steady state was gone afterwards; or a call or a command"
        " failed before the drill began"
    ),
    2: "wrong usage: an option, a parameter, a scenario's file or a setting; nothing was changed",
    3: "refused by a guard, or no steady state to begin with; nothing was changed",
    4: "stopped before its end, and rolled back",
    5: "stopped, and not everything was put back: `muster drill rollback` continues it",
    6: "trusted numbers were required, and the measurement is not reliable",
    70: "an error in muster itself; its last lines name the file with the details",
    130: "ended by Ctrl-C before the drill began",
}
UNRELIABLE_MEANINGS: Mapping[int, str] = {
    0: "all steps were taken, and no target was missed by numbers that are not reliable",
    1: (
        "all steps were taken, and by numbers that are not reliable a target was missed, or the"
        " steady state was gone afterwards"
    ),
}
"""Of a drill whose measurement is not reliable: its targets are neither met nor missed."""


def explain_exit_code(code: int | None, *, reliable: bool = True) -> str:
    """`Exit code 4: stopped before its end, and rolled back.`.

    `reliable`: False for a drill that is neither met nor missed by its numbers.
    """
    if code is None:
        return "No exit code: the drill has no end."
    meanings = EXIT_MEANINGS if reliable else {**EXIT_MEANINGS, **UNRELIABLE_MEANINGS}
    return f"Exit code {code}: {meanings.get(code, 'no code of a drill')}."
