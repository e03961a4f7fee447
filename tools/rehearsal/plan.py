"""The steps of a rehearsal: deploy, update, dial, switch, add and remove a Region, drills, destroy.

Pure. Each step is one command line, so that a person can do it by hand and see the same.
"""

from dataclasses import dataclass, replace
from typing import Any

import yaml

UP_S = 2400.0
"""Global Accelerator and a replica may each take a quarter of an hour."""
MUSTER_S = 1200.0
DRILL_S = 3600.0


class RehearsalError(Exception):
    """The rehearsal can't begin, or can't go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalStep:
    """One command of the rehearsal."""

    name: str
    command: tuple[str, ...]
    within_s: float
    """It is ended after this."""
    exit_codes: tuple[int, ...] = (0,)
    """Those after which the rehearsal goes on."""
    words: str = ""
    """What its output must have as well."""
    why: str = ""
    """What it verifies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The stack that is rehearsed with."""

    stack: str
    is_twin: bool
    regions: tuple[str, ...]
    home_region: str
    extra_region: str
    """The Region that is added and removed; empty: none."""
    function_timeout: int
    """Seconds; one more is what is updated."""
    prefix: str
    """First part of the stack's names."""
    dns_domain: str
    """Of the DNS front door; empty without it."""
    protect: bool
    """Whether the stack refuses its destruction."""

    @property
    def all_regions(self) -> tuple[str, ...]:
        """Those of the stack, and the one that is added."""
        extra = (self.extra_region,) if self.extra_region else ()
        return tuple(dict.fromkeys((*self.regions, *extra)))

    @property
    def other_region(self) -> str:
        """The Region that is evacuated."""
        return next(region for region in self.regions if region != self.home_region)


def parse_subject(stack: str, text: str, extra_region: str) -> Subject:
    """Parse the text of Pulumi.STACK.yaml. Raises RehearsalError."""
    file = f"Pulumi.{stack}.yaml"
    try:
        config: dict[str, Any] = yaml.safe_load(text)["config"]
        regions = tuple(str(region) for region in config["muster:regions"])
        home, target = str(config["muster:home_region"]), str(config["muster:target"])
        timeout = int(config.get("muster:function_timeout", 4))
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as exc:
        why = "must be a stack's file with muster:target, muster:regions and muster:home_region"
        raise RehearsalError(f"{file}: {why} ({type(exc).__name__}: {exc})") from exc
    if len(regions) < 2 or home not in regions:
        raise RehearsalError(f"{file}: two Regions at least, and home_region among them")
    if extra_region in regions:
        raise RehearsalError(f"{extra_region} is in {file} already; name another (--extra-region)")
    return Subject(
        stack=stack,
        is_twin=target == "twin",
        regions=regions,
        home_region=home,
        extra_region=extra_region,
        function_timeout=timeout,
        prefix=str(config.get("muster:name_prefix") or f"muster-{stack}"),
        dns_domain=str(config.get("muster:dns_domain") or ""),
        protect=str(config.get("muster:protect", "false")).lower() == "true",
    )


def plan_rehearsal(subject: Subject, *, short: bool) -> tuple[RehearsalStep, ...]:
    """All steps in order; `short` leaves out drills, the extra Region and the update."""
    region = subject.other_region
    # What is wrong with an account is put right before money is spent.
    healthy = (0, 1, 3) if subject.is_twin else (0, 1)
    steps = [
        _muster(subject, "doctor-before", *_doctor_before(subject), codes=healthy),
        _up(subject, "deploy", why="every resource can be created as declared"),
        _up(subject, "deploy-again", why="nothing differs after a deployment"),
        _muster(subject, "status", "status", "--json", why="everything can be read"),
        _muster(subject, "doctor", "doctor", "--json", codes=(0, 1, 3)),
        _muster(subject, "dial-down", "dial", region, "90", "--yes", why="a dial alone is sent"),
        _muster(subject, "dial-back", "dial", region, "100", "--yes"),
        _muster(subject, "switch-off", *_switch(region, "fail"), why="health checks follow"),
        _muster(subject, "switch-auto", *_switch(region, "auto")),
    ]
    if not short:
        steps += [*_update(subject), *_another_region(subject), *_drills(subject)]
    if subject.protect:
        steps.append(_refused_destroy(subject))
    return (*steps, *plan_end(subject))


def plan_end(subject: Subject, *, lift_codes: tuple[int, ...] = (0,)) -> tuple[RehearsalStep, ...]:
    """The last steps: nothing that costs is left. docs/aws/changes.md has them for people."""
    unprotect = ("config", "set", "muster:protect", "false")
    return (
        _pulumi(subject, "unprotect", *unprotect, within_s=60),
        replace(
            _up(subject, "lift-protection", why="protection can be lifted in one update"),
            exit_codes=lift_codes,
        ),
        _destroy(subject),
        _left(subject),
    )


def plan_clean_up(subject: Subject) -> tuple[RehearsalStep, ...]:
    """What ends an interrupted rehearsal, wherever it stood."""
    anything = tuple(range(256))
    return (
        _muster(subject, "roll-back", "drill", "rollback", "--yes", codes=anything),
        _pulumi(subject, "unlock", "cancel", "--yes", within_s=120, codes=anything),
        # What can't be deployed can't be updated; it can be destroyed.
        *plan_end(subject, lift_codes=anything),
    )


def _doctor_before(subject: Subject) -> tuple[str, ...]:
    return ("doctor", "--deployment", f"Pulumi.{subject.stack}.yaml")


def _switch(region: str, status: str) -> tuple[str, ...]:
    ends = ("--for", "10m", "--reason", "rehearsal") if status == "fail" else ()
    return ("health", region, status, *ends, "--yes")


def _update(subject: Subject) -> list[RehearsalStep]:
    before = subject.function_timeout
    # Not longer: a health check's interval may be just above it. 2 is the shortest one.
    changed = before - 1 if before > 2 else before + 1
    return [
        _pulumi(subject, "change-function", *_set("function_timeout", changed), within_s=60),
        _up(subject, "update", why="a new version serves, and nothing is replaced"),
        _pulumi(subject, "change-back", *_set("function_timeout", before), within_s=60),
        _up(subject, "update-back"),
    ]


def _set(key: str, value: object) -> tuple[str, ...]:
    return ("config", "set", f"muster:{key}", str(value))


def _set_item(key: str, at: int, value: str) -> tuple[str, ...]:
    return ("config", "set", "--path", f"muster:{key}[{at}]", value)


def _another_region(subject: Subject) -> list[RehearsalStep]:
    """docs/aws/changes.md: a Region leaves in two updates."""
    extra, at = subject.extra_region, len(subject.regions)
    return [
        _pulumi(subject, "name-region", *_set_item("regions", at, extra), within_s=60),
        _up(subject, "add-region", why="nothing of another Region is replaced"),
        _muster(subject, "status-of-three", "status", "--json"),
        _pulumi(subject, "drain-region", *_set_item("draining_regions", 0, extra), within_s=60),
        _up(subject, "take-out-of-service", why="its endpoint group goes first"),
        _pulumi(
            subject, "unname-region", "config", "rm", "--path", f"muster:regions[{at}]", within_s=60
        ),
        _pulumi(subject, "undrain", "config", "rm", "muster:draining_regions", within_s=60),
        _up(subject, "remove-region", why="the VPC can be deleted though AWS left a group in it"),
    ]


def _drills(subject: Subject) -> list[RehearsalStep]:
    region = subject.other_region
    return [
        _muster(
            subject,
            f"drill-{scenario}",
            *("drill", "run", scenario, "--region", region, "--yes", "--plain"),
            codes=(0, 1),
            within_s=DRILL_S,
            why="how long AWS takes; a missed target is a result",
        )
        for scenario in ("evacuate", "evacuate-by-health")
    ]


def _up(subject: Subject, name: str, why: str = "") -> RehearsalStep:
    return _pulumi(subject, name, "up", "--yes", within_s=UP_S, why=why)


def _destroy(subject: Subject) -> RehearsalStep:
    # The program deletes what Global Accelerator left in the VPCs: docs/aws/changes.md.
    why = "everything can be deleted"
    return _pulumi(subject, "destroy", "destroy", "--yes", "--run-program", within_s=UP_S, why=why)


def _refused_destroy(subject: Subject) -> RehearsalStep:
    step = _pulumi(
        subject,
        "destroy-refused",
        *("destroy", "--run-program", "--preview-only"),
        within_s=MUSTER_S,
        codes=tuple(range(1, 256)),
        why="what is protected is found before anything is deleted",
    )
    return replace(step, words="protected")


def _left(subject: Subject) -> RehearsalStep:
    options = ("--stack", subject.stack, "--extra-region", subject.extra_region)
    return RehearsalStep(
        name="nothing-left",
        command=("python", "-m", "tools.rehearsal", "left", *options),
        within_s=MUSTER_S,
        why="AWS itself lists nothing with the stack's names",
    )


def _pulumi(
    subject: Subject,
    name: str,
    *arguments: str,
    within_s: float,
    codes: tuple[int, ...] = (0,),
    why: str = "",
) -> RehearsalStep:
    options = ("--stack", subject.stack, "--non-interactive", "--color", "never")
    return RehearsalStep(
        name=name,
        command=("pulumi", *arguments, *options),
        within_s=within_s,
        exit_codes=codes,
        why=why,
    )


def _muster(
    subject: Subject,
    name: str,
    *arguments: str,
    codes: tuple[int, ...] = (0,),
    within_s: float = MUSTER_S,
    why: str = "",
) -> RehearsalStep:
    stack = () if subject.is_twin else ("--stack", subject.stack)
    return RehearsalStep(
        name=name,
        command=("python", "-m", "muster", *stack, *arguments),
        within_s=within_s,
        exit_codes=codes,
        why=why,
    )
