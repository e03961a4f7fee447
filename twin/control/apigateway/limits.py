"""Quotas of API Gateway, the ones that AWS raises on request included.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from collections.abc import Sized

from twin.control.apigateway.errors import bad_request
from twin.control.document_service import CallRefused

REGIONAL_APIS = 600
DOMAINS = 120
MAPPINGS = 200
ROUTES = 300
INTEGRATIONS = 300
STAGES = 10
RESOURCES = 300
TAGS = 50
LOG_FORMAT_BYTES = 3 * 1024
TEMPLATE_BYTES = 300 * 1024
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""
PATH_LENGTH = 10240
"""Of a resource or a route: as many characters as a URL may have, which must fit."""
HTTP_API_CODE = "TooManyRequestsException"
REST_API_CODE = "LimitExceededException"


def check_template_size(template: str) -> None:
    """Of a mapping template. Raises CallRefused, in the twin's words."""
    size = len(template.encode(errors="replace"))
    if size > TEMPLATE_BYTES:
        raise bad_request(
            f"A mapping template has {size} bytes; it can have at most {TEMPLATE_BYTES}"
        )


def check_quota(existing: Sized, limit: int, what: str, code: str) -> None:
    """Refuse one more. `what` is plural. Raises CallRefused."""
    if len(existing) >= limit:
        raise CallRefused(
            code,
            f"Maximum number of {what} for this account has been reached. Please contact AWS if "
            f"you need additional {what}.",
            429,
        )
