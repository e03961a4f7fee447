"""What a killed run leaves behind."""

import asyncio
from dataclasses import replace

from muster.drill.journal.events import JournalEvent
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.run_folders import JOURNAL_FILE
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.run.lease import DynamoDBLeaseTable, Lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.sample_stack import ACCOUNT, CONTROL_TABLE, ENDPOINT, OREGON

ON_AWS = f"AWS, account {ACCOUNT}"


def leave_run(command_line: CommandLine, *more: JournalEvent, target: str = ON_AWS) -> str:
    """Write the journal and the lease that a killed run leaves; its name."""
    first = replace(build_run_opened(build_plan("shift")), target=target)
    run = command_line.folder / ".muster" / first.run
    with DrillJournal.create(run / JOURNAL_FILE, command_line.aws.clock, (first, *more)):
        pass
    lease = Lease(
        run=run.name,
        scenario="shift",
        by="ann",
        host="desk",
        until=command_line.aws.clock.now() + 10.0,
        found=DrillBaseline(dials={OREGON: 10.0}),
        touched=DrillChanges(dials=(OREGON,)),
    )
    table = DynamoDBLeaseTable(command_line.aws.clients(ENDPOINT), CONTROL_TABLE)
    asyncio.run(table.write(OREGON, lease, over=None))
    return run.name
