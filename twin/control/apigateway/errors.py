"""Refusals of API Gateway, with the codes and words of AWS."""

from collections.abc import Mapping

from twin.control.document_service import CallRefused, Params

DOCS = "docs/services.md"


def bad_request(message: str) -> CallRefused:
    return CallRefused("BadRequestException", message)


def not_found(message: str) -> CallRefused:
    return CallRefused("NotFoundException", message, 404)


def conflict(message: str) -> CallRefused:
    return CallRefused("ConflictException", message, 409)


def unserved(what: str) -> CallRefused:
    """For what AWS has and the twin has not; SDKs don't retry it."""
    return CallRefused(
        "NotImplemented", f"The twin does not serve {what}; {DOCS} lists what it serves.", 501
    )


def refuse_unserved(params: Params, members: Mapping[str, str]) -> None:
    """Refuse a call that gives one of the members, whose descriptions are in `members`."""
    for name, description in members.items():
        if params.get(name):
            raise unserved(f"{description} ({name})")
