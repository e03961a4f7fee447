"""One Region's Lambda function, with its alias `live`, its role, its log group and its code.

The load balancer invokes the alias, so a new version takes over in one step.

The code is an archive of the sources of `app/`, its pages' files among them, and nothing else, file
by file: a folder would also hold what Python leaves in it, so that each run would upload another
archive. Paths are relative to the project, where Pulumi's plugins run, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws.cloudwatch import LogGroup
from pulumi_aws.iam import Role, RolePolicy
from pulumi_aws.lambda_ import (
    Alias,
    Function,
    FunctionEnvironmentArgs,
    FunctionLoggingConfigArgs,
)

from infra.configuration.services import table_actions
from infra.configuration.settings import ALL_PERCENT, FunctionSettings
from infra.hardening.settings import ConcurrencySettings
from infra.policies import LAMBDA_ASSUMES, arn_in_region, function_policy
from infra.table import GlobalTable

ALIAS = "live"
SOURCE_FOLDER = "app"
SOURCE_SUFFIXES = (".py", ".css", ".html", ".js", ".svg")
HANDLER = "app.handler.handle"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalFunctionArgs:
    region: str
    prefix: str
    code: pulumi.Archive
    settings: FunctionSettings
    concurrency: ConcurrencySettings
    key_arn: str | None
    """KMS key of the Region's tables and log; None: keys that AWS owns."""
    tables: Mapping[str, GlobalTable]
    """By service."""
    control_table: GlobalTable
    health_tables: tuple[str, ...]
    """Services whose tables the health check reads."""
    protect: bool
    """Whether Pulumi refuses to delete the function, and so the Region's part of the stack."""
    bookmarks_scan: bool
    """Whether everybody may read all bookmarks."""
    variables: Mapping[str, pulumi.Input[str]]
    """Further environment variables."""
    tags: Mapping[str, str]


class RegionalFunction(pulumi.ComponentResource):
    """Log group, role, function and alias."""

    function_name: pulumi.Output[str]
    alias_name: pulumi.Output[str]
    alias_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: RegionalFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:RegionalFunction", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        log_group = LogGroup(
            f"{name}-log",
            region=args.region,
            name=f"/aws/lambda/{args.prefix}",  # Lambda's default log group
            retention_in_days=args.settings.log_retention_days,
            kms_key_id=args.key_arn,
            tags=dict(args.tags),
            opts=self._child,
        )
        role = self._role()
        policy = self._policy(role, log_group)
        function = self._function(role, [log_group, policy])
        alias = Alias(
            f"{name}-live",
            region=args.region,
            name=ALIAS,
            function_name=function.name,
            function_version=function.version,
            opts=self._child,
        )
        self.function_name = function.name
        self.alias_name = alias.name
        self.alias_arn = alias.arn
        self.register_outputs({"function_name": self.function_name, "alias_arn": self.alias_arn})

    def _role(self) -> Role:
        """IAM is global, so the Region is part of the name."""
        return Role(
            f"{self._name}-role",
            name=f"{self._args.prefix}-{self._args.region}",
            description=f"The function {self._args.prefix} in {self._args.region}",
            assume_role_policy=LAMBDA_ASSUMES,
            tags=dict(self._args.tags),
            opts=self._child,
        )

    def _policy(self, role: Role, log_group: LogGroup) -> RolePolicy:
        region = self._args.region
        tables = {name: table.arn for name, table in self._args.tables.items()}
        document = pulumi.Output.all(
            tables=tables, control=self._args.control_table.arn, log=log_group.arn
        ).apply(
            lambda arns: function_policy(
                table_actions={
                    arn_in_region(arn, region): table_actions(
                        service,
                        probed=service in self._args.health_tables,
                        scanned=self._args.bookmarks_scan,
                    )
                    for service, arn in arns["tables"].items()
                },
                control_table_arn=arn_in_region(arns["control"], region),
                log_group_arn=arns["log"],
                key_arn=self._args.key_arn,
            )
        )
        return RolePolicy(
            f"{self._name}-policy",
            name="tables-and-log",
            role=role.name,
            policy=document,
            opts=self._child,
        )

    def _function(self, role: Role, first: list[pulumi.Resource]) -> Function:
        """The reserved concurrency is declared, but a drill's throttling changes it at run time.

        Without a value the provider's default is -1, which removes any reservation. So after a
        refresh an update would end the throttling, unless the change is ignored.
        """
        args = self._args
        kept = ["reserved_concurrent_executions"] if args.concurrency.kept else []
        return Function(
            f"{self._name}-function",
            region=args.region,
            name=args.prefix,
            description="The services of the global tables",
            runtime="python3.13",
            architectures=["arm64"],
            handler=HANDLER,
            code=args.code,
            role=role.arn,
            timeout=args.settings.timeout_s,
            memory_size=args.settings.memory_mb,
            reserved_concurrent_executions=args.concurrency.reserved,
            publish=True,
            logging_config=_logging(args.settings.log_sample_percent),
            environment=FunctionEnvironmentArgs(variables=self._variables()),
            tags=dict(args.tags),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=first, protect=args.protect, ignore_changes=kept
            ),
        )

    def _variables(self) -> dict[str, pulumi.Input[str]]:
        """As app/environment.py reads them."""
        args, percent = self._args, self._args.settings.log_sample_percent
        return {
            "SERVICES": ",".join(args.tables),
            **{f"TABLE_{name.upper()}": table.name for name, table in args.tables.items()},
            "CONTROL_TABLE": args.control_table.name,
            "TABLE_BUDGET_S": str(args.settings.table_budget_s),
            "HEALTH_TABLES": ",".join(args.health_tables),
            **({"LOG_SAMPLE_PERCENT": str(percent)} if percent < ALL_PERCENT else {}),
            **args.variables,
        }


def _logging(sample_percent: int) -> FunctionLoggingConfigArgs:
    """With a sample, Lambda's lines START, END and REPORT of each invocation are left out.

    They can be left out of the format JSON alone. The format is always declared, since a block that
    is removed leaves the function as it was.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    if sample_percent == ALL_PERCENT:
        return FunctionLoggingConfigArgs(log_format="Text")
    return FunctionLoggingConfigArgs(
        log_format="JSON", application_log_level="INFO", system_log_level="WARN"
    )


def function_code(project: Path) -> pulumi.AssetArchive:
    """The archive; its modules have the same names as here, such as `app.handler`."""
    sources = (
        file.relative_to(project)
        for file in sorted((project / SOURCE_FOLDER).rglob("*"))
        if file.suffix in SOURCE_SUFFIXES
    )
    return pulumi.AssetArchive({name.as_posix(): pulumi.FileAsset(str(name)) for name in sources})
