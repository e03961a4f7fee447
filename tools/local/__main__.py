"""`python -m tools.local up|down`: the part of `make up` and `make down` after the setup."""

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from common.clock import SystemClock
from common.command.confirmation import ask_on_terminal
from common.command.exit_codes import ExitCode
from common.command.operator import describe_operator
from common.files.atomic_file import write_atomically
from common.files.private_files import make_new_files_private
from common.kept_outputs import format_outputs
from tools.local import identities
from tools.local.front_doors import first_request
from tools.local.front_doors.health_causes import HealthCauses
from tools.local.front_doors.service_doors import DnsDoor, DomainDoor, ServiceDoor, open_doors
from tools.local.make_variables import MakeVariables, WrongVariable, parse_variables
from tools.local.orphans import end_orphans, mark_environment, watched
from tools.local.shell import pulumi_wrapper as wrapper
from tools.local.shell.environment_file import (
    own_environment,
    path_folders,
    twin_variables,
    write_shell_files,
)
from tools.local.stack.deploy import deploy_stack, pulumi_environment
from tools.local.stack.leaving_regions import find_leaving_regions, require_regions_may_leave
from tools.local.stack.leaving_tables import find_leaving_tables, require_tables_may_leave
from tools.local.stack.repair import (
    find_interrupted_deployment,
    read_recorded_resources,
    was_never_deployed,
)
from tools.local.stack.stack_config import FILE, StackConfig, name_prefix, parse_stack_config
from tools.setup.progress import ProgressStep
from twin.cli.drill_check import require_no_drill
from twin.cli.empty_regions import end_empty_regions
from twin.cli.lifecycle_commands import UpRequest, bring_down, bring_up, lifecycle_lock
from twin.cli.progress import Progress
from twin.cli.status_report import fetch_status
from twin.errors import SettingsError, TwinError
from twin.internal_api.schemas import EdgeStatus
from twin.provider.install import install_plugin
from twin.runtime import roles
from twin.runtime.https_port import HTTPS_PORT
from twin.runtime.instance import Instance, find_instance
from twin.settings import load_settings

_TRY_NEXT = """
  Try next:
{lines}    source {env}   # pulumi, aws, twin and muster in this shell
    muster status
"""
_COLUMN = 48
"""Where the answers begin."""


@click.group()
def cli() -> None:
    """Start the local system, or remove it."""


@cli.command()
@click.argument("variables", nargs=-1)
def up(variables: tuple[str, ...]) -> None:
    """Make the running system match the checkout. VARIABLES: those of `make`, as NAME=VALUE."""
    clock = SystemClock()
    wanted = _parse(variables)
    instance, environ = _find_own_instance()
    settings = {"speed": wanted.speed, "enforce_iam": wanted.enforce_iam}
    request = UpRequest(
        number=wanted.instance,
        settings={name: value for name, value in settings.items() if value is not None},
        by=describe_operator(os.environ, "make up", clock.now()),
    )
    _require_no_drill(instance, wanted)
    with lifecycle_lock(instance, Progress(clock), "make"):
        _bring_up(instance, request, environ, clock, wanted)


def _find_own_instance() -> tuple[Instance, dict[str, str]]:
    """This checkout's twin, and the environment without another one's. Raises SettingsError."""
    environ, note = own_environment(os.environ, wrapper.ROOT)
    if note:
        ProgressStep("environment").note(note)
    return find_instance(environ, wrapper.ROOT), environ


def _bring_up(
    instance: Instance,
    request: UpRequest,
    environ: dict[str, str],
    clock: SystemClock,
    wanted: MakeVariables,
) -> None:
    config = parse_stack_config((wrapper.ROOT / FILE).read_text())
    end_orphans(instance, clock)
    if find_interrupted_deployment(instance) and was_never_deployed(instance):
        ProgressStep("first deployment").note("was interrupted: starting over")
        _take_down(instance)
    _require_deletions_are_meant(instance, config, wanted)
    instance = bring_up(instance, request, environ, Progress(clock))
    write_shell_files(instance, wrapper.ROOT, config.home_region)
    _note_ports(instance, config)
    enforces = load_settings(instance).enforce_iam
    iam = identities.root_client(instance, "iam", "us-east-1") if enforces else None
    deployer: dict[str, str] = {}
    if iam is not None:
        policies = identities.deployer_policies(wrapper.ROOT, name_prefix(config))
        deployer = identities.ensure_identity(instance, iam, identities.DEPLOYER, policies)
    outputs = _deploy(instance, config, deployer)
    if iam is not None:
        policies = identities.operator_policies(wrapper.ROOT, outputs)
        identities.ensure_identity(instance, iam, identities.OPERATOR, policies)
    doors = open_doors(instance, outputs)
    first_request.wait_until_healthy(
        lambda: fetch_status(instance, roles.EDGE, EdgeStatus),
        HealthCauses(instance, outputs["control_table"], clock).find,
        clock,
    )
    end_empty_regions(instance, Progress(clock), environ, kept=config.regions)
    for door in doors:
        if isinstance(door, DnsDoor):
            first_request.wait_until_reachable(door, clock)
    first_request.ensure_item(instance, doors[0], outputs, clock)
    first_request.ensure_sample_items(
        outputs, lambda: identities.root_client(instance, "dynamodb", config.home_region)
    )
    _print_example(instance, doors, outputs, clock)


def _parse(variables: Sequence[str]) -> MakeVariables:
    """Raises SettingsError."""
    pairs = (variable.partition("=") for variable in variables)
    try:
        return parse_variables({name: value for name, _, value in pairs})
    except WrongVariable as exc:
        raise SettingsError(str(exc)) from exc


def _require_no_drill(instance: Instance, wanted: MakeVariables) -> None:
    """Raises DrillUnderWay."""
    require_no_drill(instance, during_drill=wanted.during_drill, way="DURING_DRILL=1")


def _require_deletions_are_meant(
    instance: Instance, config: StackConfig, wanted: MakeVariables
) -> None:
    """Raises DeletionRefused, UsageError."""
    deployed, ask = read_recorded_resources(instance), ask_on_terminal()
    regions = find_leaving_regions(deployed, config.regions)
    require_regions_may_leave(regions, agreed=wanted.delete_regions, ask=ask)
    tables = find_leaving_tables(deployed, config)
    require_tables_may_leave(tables, agreed=wanted.delete_tables, ask=ask)


def _note_ports(instance: Instance, config: StackConfig) -> None:
    ports = wrapper.usable_ports(instance, config)
    for name, port, wanted in (
        ("listener port", ports.listener, config.listener_port),
        ("HTTPS port", ports.https, HTTPS_PORT),
    ):
        if port != wanted:
            ProgressStep(name).note(f"{port}, since this user may not bind port {wanted}")


def _deploy(instance: Instance, config: StackConfig, deployer: dict[str, str]) -> dict[str, Any]:
    """Run Pulumi with the twin's provider; the outputs, also written to outputs.json.

    `deployer` has the variables of the deployer's access key; without them it is the root user's.
    """
    variables = {
        **twin_variables(instance, config.home_region),
        **deployer,
        **mark_environment(instance),
    }
    environ = pulumi_environment(os.environ, variables, path_folders(instance, wrapper.ROOT))
    install_plugin(Path(variables["PULUMI_HOME"]), Path(sys.executable), wrapper.ROOT)
    config_file = wrapper.adapted_config_file(instance, wrapper.find_credentials(instance, environ))
    with watched(instance):
        outputs = deploy_stack(instance, config_file, environ)
    write_atomically(instance.home / "outputs.json", format_outputs(outputs), mode=0o600)
    return outputs


def _print_example(
    instance: Instance, doors: Sequence[ServiceDoor], outputs: dict[str, Any], clock: SystemClock
) -> None:
    path = f"/get/{first_request.ITEM}"
    shown = [first_request.read_item(door, clock) for door in doors]
    click.echo("")
    for door, body in zip(doors, shown, strict=True):
        same = door is not doors[0] and body == shown[0]
        remark = "the same through Route 53 and API Gateway" if same else body
        click.echo(f"  {door.base + path:<{_COLUMN}}{remark}")
    env = os.path.relpath(instance.home / "env")
    file = env if not env.startswith("..") else instance.home / "env"
    lines = _format_examples(doors, outputs.get("static_ips") or [], str(file)[: -len("env")])
    click.echo(_TRY_NEXT.format(lines=lines, env=file), nl=False)


def _format_examples(doors: Sequence[ServiceDoor], ips: Sequence[str], home: str) -> str:
    lines = []
    for door in doors:
        url = f"{door.base}/get/{first_request.ITEM}"
        if isinstance(door, DomainDoor):
            at = [f"curl --cacert {home}ca.pem --connect-to ::{ip}:" for ip in ips]
            lines.append(f"{at[1]} {door.base}/health   # the other static IP")
            lines.append(f"{at[0]} --interface 127.210.7.1 {url}   # a client in Portland")
        elif isinstance(door, DnsDoor):
            lines.append(f"twin curl --from Portland {url}   # a client in Portland, by DNS")
        else:
            other = door.base.replace(ips[0], ips[1])
            lines.append(f"curl {other}/health   # the other static IP")
            lines.append(f"curl --interface 127.210.7.1 {url}   # a client in Portland")
    return "".join(f"    {line}\n" for line in lines)


@cli.command()
@click.argument("variables", nargs=-1)
def down(variables: tuple[str, ...]) -> None:
    """Remove the twin's processes and state, and the local stack; the tools stay."""
    wanted = _parse(variables)
    instance, _ = _find_own_instance()
    _require_no_drill(instance, wanted)
    progress = Progress(SystemClock())
    with lifecycle_lock(instance, progress, "make") if instance.home.exists() else nullcontext():
        end_orphans(instance, SystemClock(), finish_within_s=0.0)
        _take_down(instance)


def _take_down(instance: Instance) -> None:
    bring_down(instance, Progress(SystemClock()), keep_state=False)
    for name in ("backend", "pulumi"):
        shutil.rmtree(instance.home / name, ignore_errors=True)
    for name in ("outputs.json", "deployer.env", "operator.env", FILE):
        (instance.home / name).unlink(missing_ok=True)


def main() -> int:
    """Run the command line; the exit code."""
    make_new_files_private()
    try:
        cli.main(standalone_mode=False, prog_name="make")
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except TwinError as exc:
        click.echo(f"error: {exc}", err=True)
        return exc.exit_code
    except OSError as exc:  # such as a full disk
        where = exc.filename or "a file"
        problem = exc.strerror or exc
        click.echo(f"error: {where}: {problem}; correct that, then repeat the command", err=True)
        return ExitCode.FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
