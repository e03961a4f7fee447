"""Errors of the operator's tool that a person or a caller is meant to see.

MusterError
├── CodecError          a JSON document has not the expected shape
├── PlanError           a probe's plan has a value that it can't have
├── VantageUnusable     this machine can't send from a vantage point's source address
├── RecordError         a file of probe records can't be read
├── ProbeFailed         the prober's process did not start, or ended by itself
├── Misused             the command line, a setting or a file that it names is wrong
│   ├── SettingWrong    a setting has a value that it can't have
│   ├── StackUnreadable the stack's outputs can't be had, or say something else than they should
│   ├── RegionUnknown   the stack has no such Region
│   ├── WrongTarget     credentials, endpoint and stack don't belong together
│   ├── NotConfirmed    a change on AWS was neither confirmed nor given `--yes`
│   ├── FaultUnavailable   this fault can't be injected in this target
│   ├── ScenarioWrong   a scenario's file breaks a rule, or there is no such scenario
│   ├── ParameterWrong  a scenario's parameter is missing, unknown, or of the wrong type
│   └── RunUnknown      no run of this name, or nothing of it is left to do
├── Refused             it could be done, and must not
│   ├── AcceleratorBusy an earlier change of the accelerator is under way
│   ├── AllDialsZero    no Region would take traffic by its dial
│   ├── AllSwitchedOff  every Region's health switch would say fail
│   └── LeaseHeld       somebody else's drill is under way
├── CallFailed          AWS refused a call, or did not answer
│   └── Unreachable     no answer, or none of use: the service or the way there is down
│       └── AcceleratorUnreachable  so no dial can be turned; health switches still can
├── SwitchMalformed     a health switch's item says something that it can't say
├── NotInTime           what had to come about did not, in time
├── JournalWrong        a drill's journal can't be read or written
└── CommandFailed       a program that was run (`twin`, `pulumi`) did not do its work

`exit_code` of each: 2 misused (a wrong plan and a wrong vantage point too), 3 refused, 1 others.
"""

from typing import ClassVar


class MusterError(Exception):
    """Base of all; the message says what was wrong, where, and what to do."""

    exit_code: ClassVar[int] = 1


class CodecError(MusterError):
    """A JSON document has not the shape that it must have."""


class InvalidProbePlan(MusterError):
    """A probe's plan has a value that it can't have."""

    exit_code = 2

    def __init__(self, field: str, value: object, rule: str) -> None:
        """Name the field, the value that it has, and the rule that it breaks."""
        super().__init__(f"probe plan: {field} is {value!r}; it must be {rule}")
        self.field = field


class UnusableVantagePoint(MusterError):
    """This machine can't send from a vantage point's source address."""

    exit_code = 2

    def __init__(self, name: str, source: str, why: str) -> None:
        """Name the vantage point, its address, and what the system said."""
        super().__init__(
            f"vantage point {name}: can't send from {source} ({why}); give an address of this"
            " machine, or none to let the system choose"
        )


class InvalidProbeRecord(MusterError):
    """A file of probe records can't be read."""

    def __init__(self, path: object, line: int, why: str) -> None:
        """Name the file, the line (counted from 1), and what is wrong with it."""
        super().__init__(f"{path}, line {line}: {why}")


class ProbeFailed(MusterError):
    """The prober's process did not start, or ended by itself."""


class InvalidUsage(MusterError):
    """The command line, a setting or a file that it names is wrong."""

    exit_code = 2


class InvalidSetting(InvalidUsage):
    """A setting has a value that it can't have."""

    def __init__(self, name: str, origin: str, value: object, rule: str) -> None:
        """Name the setting, where its value came from, the value, and the rule that it breaks."""
        super().__init__(f"{name} is {value!r} (from {origin}); it must be {rule}")
        self.name = name


class InvalidStackOutputs(InvalidUsage):
    """The stack's outputs can't be had, or say something else than they should."""

    def __init__(self, source: str, why: str, field: str = "") -> None:
        """Name where they were looked for, the field if it is one, and what is wrong."""
        super().__init__(f"{source}: {field}: {why}" if field else f"{source}: {why}")
        self.field = field


class UnknownRegion(InvalidUsage):
    """The stack has no such Region."""

    def __init__(self, region: str, known: str) -> None:
        """Name the Region, and those that there are."""
        super().__init__(f"{region} is not a Region of the stack; it has {known}")


class AccountError(InvalidUsage):
    """Credentials, endpoint and stack don't belong together."""


class NotConfirmed(InvalidUsage):
    """A change on AWS was neither confirmed nor given `--yes`."""


class FaultUnavailable(InvalidUsage):
    """This fault can't be injected in this target."""


class InvalidScenario(InvalidUsage):
    """A scenario's file breaks a rule, or there is no such scenario."""

    def __init__(self, source: str, at: str, rule: str, line: int = 0) -> None:
        """Name the file, the line (from 1; 0: unknown), the place, and the rule that it breaks."""
        file = f"{source}, line {line}" if line else source
        super().__init__(f"{file}: {at}: {rule}" if at else f"{file}: {rule}")
        self.source, self.at, self.rule, self.line = source, at, rule, line


class InvalidParameter(InvalidUsage):
    """A scenario's parameter is missing, unknown, or of the wrong type."""

    def __init__(self, scenario: str, name: str, why: str) -> None:
        """Name the scenario, the parameter, and what is wrong."""
        super().__init__(f"scenario {scenario}: parameter {name}: {why}")
        self.name = name


class UnknownRun(InvalidUsage):
    """No run of this name, or nothing of it is left to do."""


class OperationRefused(MusterError):
    """It could be done, and must not."""

    exit_code = 3


class AcceleratorBusy(OperationRefused):
    """An earlier change of the accelerator is under way."""

    def __init__(self, accelerator_arn: str) -> None:
        """Name the accelerator."""
        super().__init__(
            f"accelerator {accelerator_arn.rpartition('/')[2]} is IN_PROGRESS: an earlier change is"
            " under way; wait until it is DEPLOYED, or queue behind it (--queue)"
        )


class AllDialsZero(OperationRefused):
    """No Region would take traffic by its dial."""

    def __init__(self, region: str) -> None:
        """Name the Region that was to follow the others."""
        super().__init__(
            f"{region} is the last Region with a dial above 0; AWS does not say what happens when"
            " all dials are 0. Raise another Region's dial first"
        )


class AllRegionsSwitchedOff(OperationRefused):
    """Every Region's health switch would say fail."""

    def __init__(self, region: str) -> None:
        """Name the Region that was to follow the others."""
        super().__init__(
            f"every other Region's health switch says fail already; with {region} all would be"
            " unhealthy, and then the accelerator sends traffic anywhere. Set another to auto first"
        )


class LeaseHeld(OperationRefused):
    """Somebody else's drill is under way."""


class CallFailed(MusterError):
    """AWS refused a call, or did not answer."""

    def __init__(self, service: str, operation: str, region: str, code: str, why: str) -> None:
        """Name the call, where it went, the error's code, and what was said."""
        super().__init__(f"{service} {operation} in {region}: {code}: {why}")
        self.service = service
        self.operation = operation
        self.region = region
        self.code = code
        self.why = why


class Unreachable(CallFailed):
    """No answer, or none of use: the service or the way there is down."""


class AcceleratorUnreachable(Unreachable):
    """So no dial can be turned; health switches still can."""

    def __init__(self, cause: CallFailed, region: str) -> None:
        """Name the call that failed, and the Region whose dial was to be turned."""
        super().__init__(
            cause.service,
            cause.operation,
            cause.region,
            cause.code,
            f"{cause.why}. Global Accelerator's API answers in us-west-2 only, so no dial can be"
            f" turned now. `muster health {region} fail` empties the Region without it",
        )


class MalformedSwitch(MusterError):
    """A health switch's item says something that it can't say."""

    def __init__(self, region: str, why: str) -> None:
        """Name the Region, and what is wrong."""
        super().__init__(f"health switch of {region}: {why}; the service takes it as auto")


class WaitTimeout(MusterError):
    """What had to come about did not, in time."""

    def __init__(self, what: str, within_s: float, last_seen: str) -> None:
        """Name what was waited for, how long (seconds), and the last thing that was seen."""
        super().__init__(f"{what}: not within {within_s:g} s; last seen: {last_seen}")
        self.last_seen = last_seen


class CommandFailed(MusterError):
    """A program that was run did not do its work."""

    def __init__(self, command: str, why: str) -> None:
        """Name the command line and what it said."""
        super().__init__(f"`{command}` failed: {why}")


class InvalidJournal(MusterError):
    """A drill's journal can't be read or written."""

    def __init__(self, path: object, line: int, why: str) -> None:
        """Name the file, the line (counted from 1; 0 for the file itself), and what is wrong."""
        at = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{at}: {why}")
