"""`muster doctor`: what can be checked before a deployment or a drill, with what to do."""

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from common.command.exit_codes import ExitCode
from muster.cli.context import CommandContext
from muster.cli.options import EXIT_PARTLY_READ, json_option
from muster.errors import AccountError, InvalidStackOutputs

if TYPE_CHECKING:
    from muster.doctor.examination import Patient
    from muster.doctor.model import Finding

MARKS = {"ok": "  ok", "note": "note", "wrong": "   !", "unknown": "   ?"}


@click.command()
@json_option
@click.option(
    "--deployment",
    "deployment_file",
    metavar="FILE",
    help="Before a first deployment: the stack's file, such as Pulumi.prod.yaml.",
)
@click.pass_obj
def doctor(context: CommandContext, as_json: bool, deployment_file: str | None) -> int:
    """What can be checked before a first deployment, and before a drill. Changes nothing.

    Credentials and their end, account, clock, outputs, quotas, permissions (by IAM's policy
    simulator, where you may ask it), health, dials, switches, faults, another drill's lease,
    alarms, who is told about drills, and the place of the prober. Each finding says what to do.

    Ends with 0 when nothing is wrong, with 3 when something is, and with 1 when nothing is wrong as
    far as could be read, and something could not.
    """
    from muster.doctor.checks import find_all  # noqa: PLC0415 - they bring boto3 along
    from muster.doctor.examination import examine  # noqa: PLC0415

    patient = _find_patient(context, deployment_file)
    findings = find_all(asyncio.run(examine(patient)))
    code = _exit_code(findings)
    if as_json:
        found = [dataclasses.asdict(finding) for finding in findings]
        click.echo(json.dumps({"exit_code": code, "findings": found}, indent=2))
    else:
        _print_findings(findings)
    return code


def _find_patient(context: CommandContext, deployment_file: str | None) -> "Patient":
    from common.network.loopback import is_loopback  # noqa: PLC0415
    from muster.cli.lease_holder import make_lease_holder  # noqa: PLC0415
    from muster.deployment import make_clients  # noqa: PLC0415
    from muster.doctor.deployment_file import read_planned_stack  # noqa: PLC0415
    from muster.doctor.examination import Patient  # noqa: PLC0415
    from muster.doctor.model import Unread  # noqa: PLC0415
    from muster.drill.notify.destination_checks import check_destinations  # noqa: PLC0415

    settings = context.read_settings()
    destinations = check_destinations(settings, context.environ)
    clients = context.clients or make_clients(settings, context.environ)
    is_twin = is_loopback(settings.endpoint_url)
    if deployment_file is not None:
        return Patient(
            clients=clients,
            clock=context.clock,
            is_twin=is_twin,
            deployment=Unread("this is about a first deployment"),
            planned=read_planned_stack(context.folder / Path(deployment_file)),
        )
    try:
        deployment = context.open_deployment()
    except (InvalidStackOutputs, AccountError) as exc:
        unread = Unread(str(exc))
        return Patient(
            clients=clients,
            clock=context.clock,
            is_twin=is_twin,
            deployment=unread,
            destinations=destinations,
        )
    holder = make_lease_holder(deployment)
    return Patient(
        clients=clients,
        clock=context.clock,
        is_twin=is_twin,
        deployment=deployment,
        read_lease=lambda: holder.status(""),
        destinations=destinations,
    )


def _exit_code(findings: Sequence["Finding"]) -> int:
    verdicts = {finding.verdict for finding in findings}
    if "wrong" in verdicts:
        return ExitCode.REFUSED
    return EXIT_PARTLY_READ if "unknown" in verdicts else 0


def _print_findings(findings: Sequence["Finding"]) -> None:
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        click.echo(f"{MARKS[finding.verdict]}  {finding.check:<{width}}  {finding.what}")
        if finding.todo:
            click.echo(f"{'':<{width + 8}}-> {finding.todo}")
    wrong = sum(finding.verdict == "wrong" for finding in findings)
    unknown = sum(finding.verdict == "unknown" for finding in findings)
    click.echo(f"\n{wrong} wrong, {unknown} not known, of {len(findings)} findings")
