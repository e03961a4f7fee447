"""For drills on AWS: an AWS FIS template in each Region that pauses the tables' replication.

Off by default. A template pauses nothing before an experiment is started from it, and each
experiment has a fixed end. Replication into and out of the experiment's Region stops; reads and
writes within the Region go on:
https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.fis import (
    ExperimentTemplate,
    ExperimentTemplateActionArgs,
    ExperimentTemplateActionParameterArgs,
    ExperimentTemplateActionTargetArgs,
    ExperimentTemplateStopConditionArgs,
    ExperimentTemplateTargetArgs,
)
from pulumi_aws.iam import Role, RolePolicy

from infra.policies import arn_in_region, fis_trust_policy, replication_pause_policy

ACTION = "aws:dynamodb:global-table-pause-replication"
TARGET = "tables"
STACK_TAG = "control-table"
"""Tag of the templates, and of the experiments that `muster` starts: by it an operator's policy
tells the stack's own from others. Its value is the control table's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationPauseTemplateArgs:
    region: str
    prefix: str
    table_arns: tuple[pulumi.Output[str], ...]
    """ARNs of the home Region's replicas."""
    minutes: int
    """Duration of an experiment."""
    control_table: pulumi.Input[str]
    """Name of the table, for STACK_TAG."""
    stop_alarms: Sequence[pulumi.Input[str]]
    """ARNs of alarms of the Region: one of them in ALARM ends an experiment."""
    tags: Mapping[str, str]


class ReplicationPauseTemplate(pulumi.ComponentResource):
    """Role and experiment template of one Region."""

    template_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ReplicationPauseTemplateArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("muster:infra:ReplicationPause", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        arns = pulumi.Output.all(*args.table_arns).apply(
            lambda found: [arn_in_region(arn, args.region) for arn in found]
        )
        role, policy = self._role(arns)
        self.template_id = self._template(role, policy, arns).id
        self.register_outputs({"template_id": self.template_id})

    def _role(self, arns: pulumi.Output[list[str]]) -> tuple[Role, RolePolicy]:
        """IAM is global, so the Region is part of the name."""
        role = Role(
            f"{self._name}-role",
            name=f"{self._args.prefix}-{self._args.region}-faults",
            description=f"Experiments that pause the replication of {self._args.region}",
            assume_role_policy=arns.apply(lambda a: fis_trust_policy(a[0], self._args.region)),
            tags=dict(self._args.tags),
            opts=self._child,
        )
        policy = RolePolicy(
            f"{self._name}-policy",
            name="pause-replication",
            role=role.name,
            policy=arns.apply(replication_pause_policy),
            opts=self._child,
        )
        return role, policy

    def _template(
        self, role: Role, policy: RolePolicy, arns: pulumi.Output[list[str]]
    ) -> ExperimentTemplate:
        action = ExperimentTemplateActionArgs(
            name="pause-replication",
            action_id=ACTION,
            parameters=[
                ExperimentTemplateActionParameterArgs(
                    key="duration", value=f"PT{self._args.minutes}M"
                )
            ],
            target=ExperimentTemplateActionTargetArgs(key="Tables", value=TARGET),
        )
        return ExperimentTemplate(
            f"{self._name}-template",
            region=self._args.region,
            description=f"Pauses replication into and out of {self._args.region}",
            role_arn=role.arn,
            actions=[action],
            targets=[
                ExperimentTemplateTargetArgs(
                    name=TARGET,
                    resource_type="aws:dynamodb:global-table",
                    resource_arns=arns,
                    selection_mode="ALL",
                )
            ],
            stop_conditions=self._stop_conditions(),
            tags={
                **self._args.tags,
                "Name": f"{self._args.prefix}-replication-pause",
                STACK_TAG: self._args.control_table,
            },
            # The provider creates a template by one call, and does not try again where the role may
            # do nothing yet: https://github.com/hashicorp/terraform-provider-aws, file
            # internal/service/fis/experiment_template.go at 01f43111
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _stop_conditions(self) -> list[ExperimentTemplateStopConditionArgs]:
        """AWS's own stop, for when the operator's machine is gone; a drill has conditions beside.

        https://docs.aws.amazon.com/fis/latest/userguide/stop-conditions.html
        """
        return [
            ExperimentTemplateStopConditionArgs(source="aws:cloudwatch:alarm", value=arn)
            for arn in self._args.stop_alarms
        ] or [ExperimentTemplateStopConditionArgs(source="none")]
