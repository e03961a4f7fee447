"""One request in each dialect, as API Gateway sends it."""

from typing import Any

HTTP_API_EVENT: dict[str, Any] = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/get/a b",
    "rawQueryString": "",
    "headers": {
        "accept": "text/html,application/json",
        "host": "api.example.com",
        "x-forwarded-for": "203.0.113.7, 198.51.100.9",
    },
    "requestContext": {
        "accountId": "123456789012",
        "apiId": "a1b2c3d4e5",
        "domainName": "api.example.com",
        "domainPrefix": "api",
        "http": {
            "method": "GET",
            "path": "/get/a b",
            "protocol": "HTTP/1.1",
            "sourceIp": "198.51.100.9",
            "userAgent": "curl/8.5.0",
        },
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": "$default",
        "stage": "$default",
        "time": "12/Mar/2026:19:03:58 +0000",
        "timeEpoch": 1773342238000,
    },
    "isBase64Encoded": False,
}
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""

REST_API_EVENT: dict[str, Any] = {
    "resource": "/{proxy+}",
    "path": "/get/a%20b",
    "httpMethod": "GET",
    "headers": {"Accept": "application/json", "Host": "api.example.com"},
    "multiValueHeaders": {
        "Accept": ["text/html", "application/json"],
        "Host": ["api.example.com"],
        "X-Forwarded-For": ["203.0.113.7, 198.51.100.9"],
    },
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": {"proxy": "get/a b"},
    "stageVariables": None,
    "requestContext": {
        "accountId": "123456789012",
        "apiId": "a1b2c3d4e5",
        "domainName": "api.example.com",
        "httpMethod": "GET",
        "identity": {"sourceIp": "198.51.100.9", "userAgent": "curl/8.5.0"},
        "path": "/dev/get/a%20b",
        "protocol": "HTTP/1.1",
        "requestId": "5d3c1f0e-0000-4000-8000-000000000000",
        "resourcePath": "/{proxy+}",
        "stage": "dev",
    },
    "body": None,
    "isBase64Encoded": False,
}
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""


def http_api_event(method: str, path: str, **more: object) -> dict[str, Any]:
    """`path` as the function gets it: decoded."""
    context = HTTP_API_EVENT["requestContext"]
    http = {**context["http"], "method": method, "path": path}
    return {
        **HTTP_API_EVENT,
        "rawPath": path,
        "requestContext": {**context, "http": http},
        **more,
    }


def rest_api_event(method: str, path: str, **more: object) -> dict[str, Any]:
    """`path` as the function gets it: encoded."""
    return {**REST_API_EVENT, "httpMethod": method, "path": path, **more}
