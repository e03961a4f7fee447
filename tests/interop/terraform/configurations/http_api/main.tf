# An HTTP API with its stages, behind a domain name whose certificate is validated by a record.

resource "aws_apigatewayv2_api" "main" {
  name          = "interop-${var.step}"
  protocol_type = "HTTP"
  description   = var.step == 2 ? "" : "step 1"
  cors_configuration {
    allow_origins = ["https://example.com"]
    allow_methods = ["GET", "PUT"]
    allow_headers = ["Content-Type"]
    max_age       = 60 * var.step
  }
  tags = {
    step = tostring(var.step)
  }
}

locals {
  function = "arn:aws:lambda:eu-central-1:123456789012:function:interop:live"
}

resource "aws_apigatewayv2_integration" "main" {
  api_id                 = aws_apigatewayv2_api.main.id
  integration_type       = "AWS_PROXY"
  integration_uri        = local.function
  payload_format_version = "2.0"
  timeout_milliseconds   = 5000 * var.step
}

resource "aws_apigatewayv2_route" "main" {
  for_each  = toset(["GET /get/{item}", "ANY /{proxy+}"])
  api_id    = aws_apigatewayv2_api.main.id
  route_key = each.key
  target    = "integrations/${aws_apigatewayv2_integration.main.id}"
}

resource "aws_cloudwatch_log_group" "access" {
  name = "/interop/http-api"
}

resource "aws_apigatewayv2_stage" "live" {
  api_id      = aws_apigatewayv2_api.main.id
  name        = "$default"
  auto_deploy = true
  default_route_settings {
    throttling_burst_limit   = 100
    throttling_rate_limit    = 50.5 * var.step
    detailed_metrics_enabled = true
  }
  route_settings {
    route_key              = var.step == 2 ? "ANY /{proxy+}" : "GET /get/{item}"
    throttling_burst_limit = 10
    throttling_rate_limit  = 5
  }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = "$context.requestId $context.status"
  }
  stage_variables = var.step == 2 ? { b = "2" } : { a = "1" }
  tags = {
    step = tostring(var.step)
  }
  depends_on = [aws_apigatewayv2_route.main]
}

resource "aws_apigatewayv2_deployment" "fixed" {
  api_id      = aws_apigatewayv2_api.main.id
  description = "step ${var.step}"
  depends_on  = [aws_apigatewayv2_route.main]
}

resource "aws_apigatewayv2_stage" "fixed" {
  api_id        = aws_apigatewayv2_api.main.id
  name          = "fixed"
  deployment_id = aws_apigatewayv2_deployment.fixed.id
}

resource "aws_apigatewayv2_api" "quick" {
  name          = "interop-quick"
  protocol_type = "HTTP"
  target        = local.function
}

resource "aws_route53_zone" "main" {
  name = "http-api.interop.example.net"
}

resource "aws_acm_certificate" "main" {
  count                     = 2
  domain_name               = "http-api.interop.example.net"
  subject_alternative_names = ["*.http-api.interop.example.net"]
  validation_method         = "DNS"
}

resource "aws_route53_record" "validation" {
  for_each = {
    for option in aws_acm_certificate.main[0].domain_validation_options : option.domain_name => option
    if option.domain_name == "http-api.interop.example.net"
  }
  zone_id = aws_route53_zone.main.zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  records = [each.value.resource_record_value]
  ttl     = 60
}

resource "aws_acm_certificate_validation" "main" {
  count                   = 2
  certificate_arn         = aws_acm_certificate.main[count.index].arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

resource "aws_apigatewayv2_domain_name" "main" {
  domain_name = "v2.http-api.interop.example.net"
  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.main[var.step - 1].certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "root" {
  api_id      = aws_apigatewayv2_api.main.id
  domain_name = aws_apigatewayv2_domain_name.main.id
  stage       = aws_apigatewayv2_stage.live.id
}

resource "aws_apigatewayv2_api_mapping" "deep" {
  api_id          = aws_apigatewayv2_api.main.id
  domain_name     = aws_apigatewayv2_domain_name.main.id
  stage           = aws_apigatewayv2_stage.fixed.id
  api_mapping_key = var.step == 2 ? "a/b/c" : "a/b"
}

resource "aws_route53_record" "main" {
  zone_id = aws_route53_zone.main.zone_id
  name    = aws_apigatewayv2_domain_name.main.domain_name
  type    = "A"
  alias {
    name                   = aws_apigatewayv2_domain_name.main.domain_name_configuration[0].target_domain_name
    zone_id                = aws_apigatewayv2_domain_name.main.domain_name_configuration[0].hosted_zone_id
    evaluate_target_health = true
  }
}

data "aws_apigatewayv2_api" "main" {
  api_id = aws_apigatewayv2_api.main.id
}
