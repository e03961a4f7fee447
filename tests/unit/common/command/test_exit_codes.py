"""The exit codes are a promise to scripts."""

from common.command.exit_codes import ExitCode


def test_a_code_keeps_its_number() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "WRONG_USAGE": 2,
        "REFUSED": 3,
        "STOPPED": 4,
        "ROLLBACK_INCOMPLETE": 5,
        "UNRELIABLE": 6,
        "INTERNAL_ERROR": 70,
        "INTERRUPTED": 130,
    }
