# A REST API with a function and a mock, its stage, and a domain name with base paths.

resource "aws_api_gateway_rest_api" "main" {
  name                     = "interop-${var.step}"
  description              = "step ${var.step}"
  binary_media_types       = var.step == 2 ? ["image/png", "image/gif"] : ["image/png"]
  minimum_compression_size = var.step == 2 ? null : 1000
  endpoint_configuration {
    types = ["REGIONAL"]
  }
  tags = {
    step = tostring(var.step)
  }
}

resource "aws_api_gateway_resource" "get" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  parent_id   = aws_api_gateway_rest_api.main.root_resource_id
  path_part   = var.step == 2 ? "read" : "get"
}

resource "aws_api_gateway_resource" "item" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  parent_id   = aws_api_gateway_resource.get.id
  path_part   = "{item}"
}

resource "aws_api_gateway_method" "item" {
  rest_api_id   = aws_api_gateway_rest_api.main.id
  resource_id   = aws_api_gateway_resource.item.id
  http_method   = "GET"
  authorization = "NONE"
  request_parameters = {
    "method.request.path.item" = var.step == 2
  }
}

resource "aws_api_gateway_integration" "item" {
  rest_api_id             = aws_api_gateway_rest_api.main.id
  resource_id             = aws_api_gateway_resource.item.id
  http_method             = aws_api_gateway_method.item.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:123456789012:function:interop:live/invocations"
  timeout_milliseconds    = 5000 * var.step
}

resource "aws_api_gateway_method" "options" {
  rest_api_id   = aws_api_gateway_rest_api.main.id
  resource_id   = aws_api_gateway_resource.item.id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "options" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  resource_id = aws_api_gateway_resource.item.id
  http_method = aws_api_gateway_method.options.http_method
  type        = "MOCK"
  request_templates = {
    "application/json" = jsonencode({ statusCode = 200 })
  }
}

resource "aws_api_gateway_method_response" "options" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  resource_id = aws_api_gateway_resource.item.id
  http_method = aws_api_gateway_method.options.http_method
  status_code = "200"
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin" = true
  }
  response_models = {
    "application/json" = "Empty"
  }
}

resource "aws_api_gateway_integration_response" "options" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  resource_id = aws_api_gateway_resource.item.id
  http_method = aws_api_gateway_method.options.http_method
  status_code = aws_api_gateway_method_response.options.status_code
  response_parameters = {
    "method.response.header.Access-Control-Allow-Origin" = var.step == 2 ? "'*'" : "'https://example.com'"
  }
  depends_on = [aws_api_gateway_integration.options]
}

resource "aws_api_gateway_gateway_response" "missing" {
  rest_api_id   = aws_api_gateway_rest_api.main.id
  response_type = "MISSING_AUTHENTICATION_TOKEN"
  status_code   = var.step == 2 ? "404" : "403"
  response_parameters = {
    "gatewayresponse.header.Access-Control-Allow-Origin" = "'*'"
  }
  response_templates = {
    "application/json" = "{\"message\":$context.error.messageString}"
  }
}

resource "aws_api_gateway_deployment" "main" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  description = "step ${var.step}"
  lifecycle {
    create_before_destroy = true
  }
  depends_on = [
    aws_api_gateway_integration.item,
    aws_api_gateway_integration_response.options,
    aws_api_gateway_gateway_response.missing,
  ]
}

resource "aws_cloudwatch_log_group" "access" {
  name = "/interop/rest-api"
}

resource "aws_iam_role" "logs" {
  name               = "interop-api-logs"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "apigateway.amazonaws.com" } }] })
}

resource "aws_api_gateway_account" "main" {
  cloudwatch_role_arn = aws_iam_role.logs.arn
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id          = aws_api_gateway_rest_api.main.id
  deployment_id        = aws_api_gateway_deployment.main.id
  stage_name           = "live"
  description          = "step ${var.step}"
  xray_tracing_enabled = var.step == 2
  variables            = var.step == 2 ? { b = "2" } : { a = "1" }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = "$context.requestId $context.status"
  }
  tags = {
    step = tostring(var.step)
  }
  depends_on = [aws_api_gateway_account.main]
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled        = true
    throttling_burst_limit = 100 * var.step
    throttling_rate_limit  = 50.5
  }
}

resource "aws_api_gateway_method_settings" "item" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "get/{item}/GET"
  settings {
    logging_level = var.step == 2 ? "INFO" : "ERROR"
  }
}

resource "aws_route53_zone" "main" {
  name = "rest-api.interop.example.net"
}

resource "aws_acm_certificate" "main" {
  domain_name       = "rest-api.interop.example.net"
  validation_method = "DNS"
}

resource "aws_route53_record" "validation" {
  for_each = {
    for option in aws_acm_certificate.main.domain_validation_options : option.domain_name => option
  }
  zone_id = aws_route53_zone.main.zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  records = [each.value.resource_record_value]
  ttl     = 60
}

resource "aws_acm_certificate_validation" "main" {
  certificate_arn         = aws_acm_certificate.main.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

resource "aws_api_gateway_domain_name" "main" {
  domain_name              = "rest-api.interop.example.net"
  regional_certificate_arn = aws_acm_certificate_validation.main.certificate_arn
  security_policy          = "TLS_1_2"
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "root" {
  domain_name = aws_api_gateway_domain_name.main.domain_name
  api_id      = aws_api_gateway_rest_api.main.id
  stage_name  = aws_api_gateway_stage.live.stage_name
}

resource "aws_api_gateway_base_path_mapping" "named" {
  domain_name = aws_api_gateway_domain_name.main.domain_name
  api_id      = aws_api_gateway_rest_api.main.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  base_path   = var.step == 2 ? "v2" : "v1"
}

data "aws_api_gateway_rest_api" "main" {
  name       = aws_api_gateway_rest_api.main.name
  depends_on = [aws_api_gateway_rest_api.main]
}
