"""Which dialect an event is in: a load balancer's, or one of API Gateway's two.

An event without a known `requestContext` counts as a load balancer's.
"""

from enum import Enum

from app.events.alb import format_alb_response, parse_alb_event
from app.events.fields import Event, read_section
from app.events.http_api import format_api_gateway_response, parse_http_api_event
from app.events.rest_api import parse_rest_api_event
from app.http.messages import Request, Response


class EventDialect(Enum):
    """The services that invoke the function for an HTTP request."""

    LOAD_BALANCER = "an Application Load Balancer"
    HTTP_API = "an HTTP API, format 2.0"
    REST_API = "a REST API, or an HTTP API with format 1.0"


def find_dialect(event: Event) -> EventDialect:
    context = read_section(event, "requestContext")
    if event.get("version") == "2.0" and "http" in context:
        return EventDialect.HTTP_API
    return EventDialect.REST_API if "apiId" in context else EventDialect.LOAD_BALANCER


def parse_event(event: Event) -> Request:
    """The HTTP request in an event. Raises UnknownEvent, BadRequest."""
    match find_dialect(event):
        case EventDialect.LOAD_BALANCER:
            return parse_alb_event(event)
        case EventDialect.HTTP_API:
            return parse_http_api_event(event)
        case EventDialect.REST_API:
            return parse_rest_api_event(event)


def format_response(response: Response, event: Event) -> dict[str, object]:
    """The answer in the event's dialect."""
    if find_dialect(event) is EventDialect.LOAD_BALANCER:
        return format_alb_response(response, event)
    return format_api_gateway_response(response)
