"""Operations of the API `apigateway` on REST APIs.

https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""
