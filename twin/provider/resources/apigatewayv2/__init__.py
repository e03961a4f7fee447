"""API Gateway's HTTP APIs, their stages, and Regional custom domain names.

Calls and defaults are those of Terraform's provider for AWS 5.100 and later:
https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service/apigatewayv2
"""
