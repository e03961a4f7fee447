"""Errors of the operator's tool; each message says what is wrong, where, and what to do.

MusterError
├── InvalidDocument         a JSON document does not have the expected shape
├── InvalidProbePlan        a field of a probe plan has a value that is not allowed
├── UnusableVantagePoint    this machine can't send from a vantage point's source address
├── InvalidProbeRecord      a file of probe records can't be read
├── ProbeFailed             the prober's process did not start, or ended early
├── InvalidUsage            the command line, a setting or a file that it names is wrong
│   ├── InvalidSetting      a setting has a value that is not allowed
│   ├── InvalidStackOutputs the stack's outputs are missing or wrong
│   │   └── StateBackendSilent  Pulumi can't be run, or its state backend does not answer
│   ├── UnknownRegion       the stack has no such Region
│   ├── AccountError        no credentials, or they don't fit the endpoint and the stack
│   ├── NotConfirmed        a change on AWS was neither confirmed nor given `--yes`
│   ├── FaultUnavailable    this fault can't be injected here
│   ├── LeverUnavailable    the stack has no such lever: another door, or another routing policy
│   ├── InvalidScenario     a scenario's file breaks a rule, or there is no such scenario
│   ├── InvalidParameter    a scenario's parameter is missing, unknown, or of the wrong type
│   ├── InvalidRunsFolder   the folder of runs can't be read
│   └── UnknownRun          there is no run of this name, or it has nothing left to do
├── OperationRefused        a change that is possible but not safe
│   ├── AcceleratorBusy     an earlier change of the accelerator is in progress
│   ├── AllDialsZero        the last dial above 0 would go to 0
│   ├── AllRegionsSwitchedOff   the last Region would be switched to fail
│   ├── AllWeightsZero      the last weight above 0 would go to 0
│   ├── AllChecksInverted   the last health check that is not inverted would be
│   ├── LeaseHeld           another drill is running
│   ├── DrillUnderWay       a restore would spoil the numbers of a drill that is running
│   ├── GuardsRefused       guards refuse a change by hand
│   ├── NothingToApprove    the run waits for no approval
│   └── RestoreRefused      a table can't be restored so, or its items not be brought back
├── CallFailed              a call of AWS was refused or got no answer
│   └── Unreachable         no usable answer: the service or the network is down
│       ├── AcceleratorUnreachable  dials can't be turned; health switches still work
│       └── Route53Unreachable  records and checks can't be changed; health switches still work
├── MalformedSwitch         the item of a health switch has an invalid value
├── WaitTimeout             a condition was not met before the deadline
├── InvalidJournal          a drill's journal can't be read or written
├── NotDelivered            a notice about a drill did not reach its destination
├── OrderNotTaken           a run did not take what a person told it
└── CommandFailed           a program that was run (`twin`, `pulumi`) failed

`exit_code`: 2 for InvalidUsage, InvalidProbePlan and UnusableVantagePoint, 3 for OperationRefused,
1 for all others.
"""

from collections.abc import Collection, Sequence
from typing import ClassVar

from common.command.exit_codes import ExitCode
from common.command.wording import suggest_name


class MusterError(Exception):
    exit_code: ClassVar[int] = ExitCode.FAILED


class InvalidDocument(MusterError):
    """A JSON document does not have the expected shape."""


class InvalidProbePlan(MusterError):
    """A field of a probe plan has a value that is not allowed."""

    exit_code = ExitCode.WRONG_USAGE

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"probe plan: {field} is {value!r}; it must be {rule}")
        self.field = field


class UnusableVantagePoint(MusterError):
    """This machine can't send from a vantage point's source address."""

    exit_code = ExitCode.WRONG_USAGE

    def __init__(self, name: str, source: str, why: str) -> None:
        """`why` is the error of the system."""
        super().__init__(
            f"vantage point {name}: can't send from {source} ({why}); give an address of this"
            " machine, or none to let the system choose"
        )


class InvalidProbeRecord(MusterError):
    """A file of probe records can't be read."""

    def __init__(self, path: object, line: int, why: str) -> None:
        """`line` counts from 1; 0 is the file itself."""
        super().__init__(f"{path}, line {line}: {why}")


class ProbeFailed(MusterError):
    """The prober's process did not start, or ended early."""


class InvalidUsage(MusterError):
    """The command line, a setting or a file that it names is wrong."""

    exit_code = ExitCode.WRONG_USAGE


class InvalidSetting(InvalidUsage):
    """A setting has a value that is not allowed."""

    def __init__(self, name: str, origin: str, value: object, rule: str) -> None:
        """`origin` is where the value came from: an option, a variable or a file."""
        super().__init__(f"{name} is {value!r} (from {origin}); it must be {rule}")
        self.name = name


class InvalidStackOutputs(InvalidUsage):
    """The stack's outputs are missing or wrong."""

    def __init__(self, source: str, why: str, field: str = "") -> None:
        """`source` is where they were read; `field` the wrong one, if it is a single one."""
        super().__init__(f"{source}: {field}: {why}" if field else f"{source}: {why}")
        self.source, self.why, self.field = source, why, field


class StateBackendSilent(InvalidStackOutputs):
    """Pulumi can't be run, or its state backend does not answer."""


class UnknownRegion(InvalidUsage):
    """The stack has no such Region."""

    def __init__(self, region: str, known: Collection[str]) -> None:
        hint = suggest_name(region, known)
        super().__init__(f"{region} is not a Region of the stack; it has {', '.join(known)}{hint}")


class AccountError(InvalidUsage):
    """There are no credentials, or they don't fit the endpoint and the stack."""


class NotConfirmed(InvalidUsage):
    """A change on AWS was neither confirmed nor given `--yes`."""


class FaultUnavailable(InvalidUsage):
    """This fault can't be injected here."""


class LeverUnavailable(InvalidUsage):
    """The stack has no such lever."""


class InvalidScenario(InvalidUsage):
    """A scenario's file breaks a rule, or there is no such scenario."""

    def __init__(self, source: str, at: str, rule: str, line: int = 0) -> None:
        """`line` counts from 1, 0 is unknown; `at` is the path within the document."""
        file = f"{source}, line {line}" if line else source
        super().__init__(f"{file}: {at}: {rule}" if at else f"{file}: {rule}")
        self.source, self.at, self.rule, self.line = source, at, rule, line


class InvalidParameter(InvalidUsage):
    """A scenario's parameter is missing, unknown, or of the wrong type."""

    def __init__(self, scenario: str, name: str, why: str) -> None:
        super().__init__(f"scenario {scenario}: parameter {name}: {why}")
        self.name = name


class InvalidRunsFolder(InvalidUsage):
    """The folder of runs can't be read."""

    def __init__(self, folder: object, why: str | None) -> None:
        """`why` is the error of the system."""
        super().__init__(f"the folder of runs, {folder}, can't be read: {why} (setting runs)")


class UnknownRun(InvalidUsage):
    """There is no run of this name, or it has nothing left to do."""


class OperationRefused(MusterError):
    """A change that is possible but not safe."""

    exit_code = ExitCode.REFUSED


class AcceleratorBusy(OperationRefused):
    """An earlier change of the accelerator is in progress."""

    def __init__(self, accelerator_arn: str) -> None:
        super().__init__(
            f"accelerator {accelerator_arn.rpartition('/')[2]} is IN_PROGRESS: an earlier change is"
            " under way; wait until it is DEPLOYED, or queue behind it (--queue)"
        )


class AllDialsZero(OperationRefused):
    """The last dial above 0 would go to 0."""

    def __init__(self, region: str) -> None:
        super().__init__(
            f"{region} is the last Region with a dial above 0; AWS does not say what happens when"
            " all dials are 0. Raise another Region's dial first"
        )


class AllRegionsSwitchedOff(OperationRefused):
    """The last Region would be switched to fail."""

    def __init__(self, region: str) -> None:
        super().__init__(
            f"every other Region's health switch says fail already; with {region} all would be"
            " unhealthy, and then the accelerator sends traffic anywhere. Set another to auto first"
        )


class AllWeightsZero(OperationRefused):
    """The last weight above 0 would go to 0."""

    def __init__(self, region: str) -> None:
        super().__init__(
            f"{region} has the last record with a weight above 0; when all are 0, Route 53 answers"
            " with every record equally often. Raise another Region's weight first"
        )


class AllChecksInverted(OperationRefused):
    """The last health check that is not inverted would be."""

    def __init__(self, region: str) -> None:
        super().__init__(
            f"every other Region's health check is inverted already; with {region} none would be"
            " healthy, and then Route 53 answers as if all were. End another inversion first"
        )


class LeaseHeld(OperationRefused):
    """Another drill is running."""


class DrillUnderWay(OperationRefused):
    """A restore would spoil the numbers of a drill that is running."""


class GuardsRefused(OperationRefused):
    """Guards refuse a change by hand."""

    def __init__(self, findings: Sequence[str]) -> None:
        """`findings`: a line for each guard, with the option that overrides it."""
        super().__init__("\n  ".join(("nothing was changed:", *findings)))


class NothingToApprove(OperationRefused):
    """The run waits for no approval."""


class RestoreRefused(OperationRefused):
    """A table can't be restored so, or its items can't be brought back now."""


class CallFailed(MusterError):
    """A call of AWS was refused or got no answer."""

    def __init__(self, service: str, operation: str, region: str, code: str, why: str) -> None:
        """`code` is the code of AWS's error, `why` its message."""
        super().__init__(f"{service} {operation} in {region}: {code}: {why}")
        self.service = service
        self.operation = operation
        self.region = region
        self.code = code
        self.why = why


class Unreachable(CallFailed):
    """No usable answer: the service or the network is down."""


class AcceleratorUnreachable(Unreachable):
    """Dials can't be turned, since Global Accelerator does not answer; switches still work."""

    def __init__(self, cause: CallFailed) -> None:
        super().__init__(
            cause.service,
            cause.operation,
            cause.region,
            cause.code,
            f"{cause.why}. Global Accelerator's API answers in us-west-2 only, so no dial can be"
            " turned now; health switches work without it",
        )


class Route53Unreachable(Unreachable):
    """Records and checks can't be changed, since Route 53's API does not answer."""

    def __init__(self, cause: CallFailed) -> None:
        super().__init__(
            cause.service,
            cause.operation,
            cause.region,
            cause.code,
            f"{cause.why}. Route 53's API answers in us-east-1 only, so no record or health check"
            " can be changed now; health switches work without it",
        )


class MalformedSwitch(MusterError):
    """The item of a health switch has an invalid value."""

    def __init__(self, region: str, why: str) -> None:
        super().__init__(
            f"health switch of {region}: {why}; the service takes it as auto;"
            f" `muster health {region} auto` writes it anew"
        )


class WaitTimeout(MusterError):
    """A condition was not met before the deadline."""

    def __init__(self, what: str, within_s: float, last_seen: str) -> None:
        """`what` names the condition; `last_seen` is the last state that was seen."""
        super().__init__(f"{what}: not within {within_s:g} s; last seen: {last_seen}")
        self.last_seen = last_seen


class CommandFailed(MusterError):
    """A program that was run failed."""

    def __init__(self, command: str, why: str, *, permanent: bool = False) -> None:
        """`permanent`: the same command fails in the same way again."""
        super().__init__(f"`{command}` failed: {why}")
        self.permanent = permanent


class InvalidJournal(MusterError):
    """A drill's journal can't be read or written."""

    def __init__(self, path: object, line: int, why: str) -> None:
        """`line` counts from 1; 0 is the file itself."""
        at = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{at}: {why}")


class NotDelivered(MusterError):
    """A notice about a drill did not reach its destination."""

    def __init__(self, why: str, *, transient: bool = False) -> None:
        """`transient`: another attempt may succeed."""
        super().__init__(why)
        self.transient = transient


class OrderNotTaken(MusterError):
    """A run did not take what a person told it."""
