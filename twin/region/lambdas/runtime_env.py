"""The environment variables of an execution environment.

Only PATH, LANG and HOME come from the machine. The rest is what Lambda sets, and the endpoints of
the twin's services.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from twin.iam.session_token import Session, TemporaryCredentials, TokenIssuer
from twin.runtime.instance import Instance, internal_url
from twin.topology.model import FunctionVersion

EXECUTION_ENV = f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}"
"""Names the Python that really runs, not the one that the function's configuration asks for: AWS's
runtime depends on it (from python3.12 on it writes JSON without escapes, by a slower encoder)."""

_INHERITED = ("PATH", "LANG", "HOME")


def log_group_name(function: str, version: FunctionVersion) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"""
    return version.log_group or f"/aws/lambda/{function}"


def log_stream_name(now: float, version: str, environment_id: str) -> str:
    """Of an execution environment that starts at `now`, in seconds since 1970.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
    """
    day = datetime.fromtimestamp(now, UTC).strftime("%Y/%m/%d")
    return f"{day}/[{version}]{environment_id.replace('-', '')}"


MakeCredentials = Callable[[str, str], TemporaryCredentials]
"""(name of a function, ARN of its execution role) -> credentials of a session of the role."""


def make_role_credentials(
    issuer: TokenIssuer, now: Callable[[], float], key_id: str
) -> MakeCredentials:
    """Credentials that last as long as the environment; Lambda ends one before its expire.

    The session has the function's name, and an access key that names the twin:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """

    def make_credentials(function: str, role: str) -> TemporaryCredentials:
        session = Session(
            key_id=key_id,
            issued_at=now(),
            expires_at=None,
            role_arn=role,
            name=function,
        )
        return issuer.issue(session)

    return make_credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeVariables:
    """Builds the variables of every execution environment of a Region."""

    instance: Instance
    region: str
    machine: Mapping[str, str]
    """The environment of the Region's process."""
    make_credentials: MakeCredentials

    def build(
        self,
        *,
        function: str,
        version: FunctionVersion,
        task_root: Path,
        temp_folder: Path,
        runtime_api: str,
        log_stream: str,
    ) -> dict[str, str]:
        """All variables of one process; reserved names override the function's own."""
        inherited = {name: self.machine[name] for name in _INHERITED if name in self.machine}
        reserved = {
            "_HANDLER": version.handler,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EXECUTION_ENV": EXECUTION_ENV,
            "AWS_LAMBDA_FUNCTION_NAME": function,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory_mb),
            "AWS_LAMBDA_FUNCTION_VERSION": version.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": log_group_name(function, version),
            "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "LAMBDA_TASK_ROOT": str(task_root),
            "TZ": ":UTC",
        }
        services = self._services(function, version.role, temp_folder)
        return inherited | services | version.environment | reserved

    def _services(self, function: str, role: str, temp_folder: Path) -> dict[str, str]:
        """Credentials and endpoints; the function's configuration may override them."""
        credentials = self.make_credentials(function, role)
        return {
            "AWS_ACCESS_KEY_ID": credentials.key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret,
            "AWS_SESSION_TOKEN": credentials.token,
            "AWS_ENDPOINT_URL": self.instance.endpoint_url,
            "AWS_ENDPOINT_URL_DYNAMODB": internal_url(self.instance.region_address(self.region)),
            # The function must not read the user's own AWS configuration.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TMPDIR": str(temp_folder),
        }
