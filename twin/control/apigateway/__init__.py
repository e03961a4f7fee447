"""API Gateway's two APIs, REST and HTTP, on one state: custom domain names belong to both.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""
