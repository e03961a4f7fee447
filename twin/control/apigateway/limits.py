"""Quotas of API Gateway, the ones that AWS raises on request included.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from collections.abc import Sized

from twin.control.document_service import CallRefused

REGIONAL_APIS = 600
DOMAINS = 120
MAPPINGS = 200
ROUTES = 300
INTEGRATIONS = 300
STAGES = 10
RESOURCES = 300
TAGS = 50
PATH_LENGTH = 10240
"""Of a resource or a route: as many characters as a URL may have, which must fit."""
HTTP_API_CODE = "TooManyRequestsException"
REST_API_CODE = "LimitExceededException"


def check_quota(existing: Sized, limit: int, what: str, code: str) -> None:
    """Refuse one more. `what` is plural. Raises CallRefused."""
    if len(existing) >= limit:
        raise CallRefused(
            code,
            f"Maximum number of {what} for this account has been reached. Please contact AWS if "
            f"you need additional {what}.",
            429,
        )
