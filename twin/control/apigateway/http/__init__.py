"""Operations of the API `apigatewayv2` on HTTP APIs.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/resources.html
"""
