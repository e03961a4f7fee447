# The resources of tests/functional/twin/provider/comparison/resources.py, to the letter: the calls that
# the provider makes for them are compared with those of the twin's own provider.

locals {
  changed = var.step == 2
  trust   = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"}}]}"
  reads   = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"dynamodb:${local.changed ? "Query" : "GetItem"}\",\"Resource\":\"*\"}]}"
  tags    = { step = tostring(var.step) }
}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = local.tags
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "a" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.0.0/24"
  availability_zone       = "eu-central-1a"
  map_public_ip_on_launch = local.changed
}

resource "aws_subnet" "b" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = "eu-central-1b"
}

resource "aws_route_table" "main" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table" "plain" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route" "main" {
  route_table_id         = aws_route_table.plain.id
  destination_cidr_block = "192.168.0.0/16"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.a.id
  route_table_id = aws_route_table.main.id
}

resource "aws_security_group" "main" {
  name        = "compared"
  description = "Compared"
  vpc_id      = aws_vpc.main.id
  ingress {
    protocol    = "tcp"
    from_port   = 80
    to_port     = local.changed ? 81 : 80
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "plain" {
  name        = "plain"
  description = "Plain"
  vpc_id      = aws_vpc.main.id
}

resource "aws_security_group_rule" "main" {
  type              = "ingress"
  security_group_id = aws_security_group.plain.id
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["10.0.0.0/8"]
}

resource "aws_iam_role" "main" {
  name               = "compared"
  description        = "Step ${var.step}"
  assume_role_policy = local.trust
  tags               = local.tags
}

resource "aws_iam_role_policy" "main" {
  name   = "own"
  role   = aws_iam_role.main.name
  policy = local.reads
}

resource "aws_iam_policy" "main" {
  name   = "compared"
  policy = local.reads
}

resource "aws_iam_role_policy_attachment" "main" {
  role       = aws_iam_role.main.name
  policy_arn = aws_iam_policy.main.arn
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/aws/lambda/compared"
  retention_in_days = local.changed ? 14 : 7
}

resource "aws_lambda_function" "main" {
  function_name = "compared"
  description   = "Step ${var.step}"
  role          = aws_iam_role.main.arn
  handler       = "index.handler"
  runtime       = "python3.13"
  architectures = ["arm64"]
  filename      = var.code
  timeout       = 4
  memory_size   = 256
  publish       = true
  environment {
    variables = { STEP = tostring(var.step) }
  }
  depends_on = [aws_iam_role_policy.main, aws_cloudwatch_log_group.main]
}

resource "aws_lambda_alias" "main" {
  name             = "live"
  function_name    = aws_lambda_function.main.function_name
  function_version = aws_lambda_function.main.version
}

resource "aws_lambda_permission" "main" {
  statement_id  = "load-balancer"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.main.function_name
  qualifier     = aws_lambda_alias.main.name
  principal     = "elasticloadbalancing.amazonaws.com"
  source_arn    = aws_lb_target_group.main.arn
}

resource "aws_lb_target_group" "main" {
  name        = "compared"
  target_type = "lambda"
  health_check {
    enabled             = true
    path                = "/health"
    matcher             = "200"
    interval            = local.changed ? 15 : 10
    timeout             = 5
    healthy_threshold   = 3
    unhealthy_threshold = 2
  }
}

resource "aws_lb_target_group_attachment" "main" {
  target_group_arn = aws_lb_target_group.main.arn
  target_id        = aws_lambda_alias.main.arn
  depends_on       = [aws_lambda_permission.main]
}

resource "aws_lb" "main" {
  name               = "compared"
  load_balancer_type = "application"
  internal           = true
  ip_address_type    = "ipv4"
  subnets            = [aws_subnet.a.id, aws_subnet.b.id]
  security_groups    = [aws_security_group.main.id]
  idle_timeout       = local.changed ? 90 : 60
  tags               = local.tags
}

resource "aws_lb_listener" "main" {
  load_balancer_arn = aws_lb.main.arn
  port              = local.changed ? 8481 : 8480
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.main.arn
  }
}

resource "aws_lb_listener_rule" "main" {
  listener_arn = aws_lb_listener.main.arn
  priority     = local.changed ? 20 : 10
  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "step ${var.step}"
      status_code  = "200"
    }
  }
  condition {
    path_pattern {
      values = ["/a/*"]
    }
  }
}

resource "aws_dynamodb_table" "main" {
  name             = "compared"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "item_id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  attribute {
    name = "item_id"
    type = "S"
  }
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
  point_in_time_recovery {
    enabled = local.changed
  }
  replica {
    region_name            = "us-west-2"
    point_in_time_recovery = local.changed
    propagate_tags         = true
  }
  tags = local.tags
}

resource "aws_dynamodb_table_item" "main" {
  table_name = aws_dynamodb_table.main.name
  hash_key   = aws_dynamodb_table.main.hash_key
  item       = "{\"item_id\":{\"S\":\"a\"},\"step\":{\"N\":\"${var.step}\"}}"
}

resource "aws_globalaccelerator_accelerator" "main" {
  name            = "compared"
  ip_address_type = "IPV4"
  enabled         = true
  tags            = local.tags
}

resource "aws_globalaccelerator_listener" "main" {
  accelerator_arn = aws_globalaccelerator_accelerator.main.arn
  protocol        = "TCP"
  client_affinity = local.changed ? "SOURCE_IP" : "NONE"
  port_range {
    from_port = 80
    to_port   = 80
  }
}

resource "aws_globalaccelerator_endpoint_group" "main" {
  listener_arn            = aws_globalaccelerator_listener.main.arn
  endpoint_group_region   = "eu-central-1"
  traffic_dial_percentage = local.changed ? 50 : 100
  endpoint_configuration {
    endpoint_id                    = aws_lb.main.arn
    weight                         = 100
    client_ip_preservation_enabled = true
  }
}

resource "aws_cloudwatch_metric_alarm" "main" {
  alarm_name          = "compared"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 3
  threshold           = local.changed ? 7 : 5
  comparison_operator = "GreaterThanThreshold"
  dimensions          = { LoadBalancer = "app/compared/1" }
}

resource "aws_route53_zone" "main" {
  name    = "compared.example"
  comment = "Step ${var.step}"
}

resource "aws_route53_record" "main" {
  zone_id = aws_route53_zone.main.zone_id
  name    = "www"
  type    = "A"
  ttl     = local.changed ? 30 : 60
  records = ["192.0.2.1"]
}

resource "aws_route53_health_check" "main" {
  type              = "HTTP"
  fqdn              = "www.compared.example"
  port              = 80
  resource_path     = local.changed ? "/healthz" : "/health"
  failure_threshold = 3
  request_interval  = 30
}

resource "aws_acm_certificate" "main" {
  domain_name       = "www.compared.example"
  validation_method = "DNS"
}
