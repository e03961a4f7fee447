# A load balancer with all kinds of target groups, rules, and a certificate.

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

data "aws_elb_service_account" "main" {}

resource "aws_security_group" "balancer" {
  vpc_id = data.aws_vpc.default.id
}

resource "aws_lb" "main" {
  name                       = "interop"
  internal                   = false
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = slice(sort(data.aws_subnets.default.ids), 0, 2)
  idle_timeout               = var.step == 2 ? 90 : 60
  drop_invalid_header_fields = true
  enable_deletion_protection = false
  desync_mitigation_mode     = "strictest"
  tags = {
    step = tostring(var.step)
  }
}

resource "aws_lb" "network" {
  name_prefix        = "net-"
  load_balancer_type = "network"
  internal           = true
  subnet_mapping {
    subnet_id = sort(data.aws_subnets.default.ids)[0]
  }
}

resource "aws_lb_target_group" "addresses" {
  name                 = "addresses"
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = data.aws_vpc.default.id
  deregistration_delay = var.step == 2 ? 20 : 30

  health_check {
    path                = var.step == 2 ? "/healthz" : "/health"
    matcher             = "200-299"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  stickiness {
    type            = "lb_cookie"
    cookie_duration = 600
    enabled         = true
  }
}

resource "aws_lb_target_group_attachment" "address" {
  target_group_arn = aws_lb_target_group.addresses.arn
  target_id        = "172.31.0.10"
  port             = 8081
}

resource "aws_lb_target_group" "functions" {
  name        = "functions"
  target_type = "lambda"

  health_check {
    enabled  = true
    path     = "/health"
    interval = 35
    timeout  = 30
  }
}

resource "aws_lb_target_group" "network" {
  name        = "network"
  port        = 80
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = data.aws_vpc.default.id
}

resource "aws_iam_role" "function" {
  name_prefix = "interop-"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "main" {
  function_name    = "balanced"
  role             = aws_iam_role.function.arn
  handler          = "index.handler"
  runtime          = "python3.13"
  filename         = var.code
  source_code_hash = filebase64sha256(var.code)
}

resource "aws_lambda_permission" "balancer" {
  statement_id  = "AllowBalancer"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.main.function_name
  principal     = "elasticloadbalancing.amazonaws.com"
  source_arn    = aws_lb_target_group.functions.arn
}

resource "aws_lb_target_group_attachment" "function" {
  target_group_arn = aws_lb_target_group.functions.arn
  target_id        = aws_lambda_function.main.arn
  depends_on       = [aws_lambda_permission.balancer]
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 8480
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.functions.arn
  }
}

resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.main.arn
  port              = 8481

  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = var.step == 2 ? "HTTP_302" : "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "network" {
  load_balancer_arn = aws_lb.network.arn
  port              = 8482
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.network.arn
  }
}

resource "aws_route53_zone" "example" {
  name = "example.com"
}

resource "aws_acm_certificate" "all" {
  for_each          = toset(["interop.example.com", "second.example.com"])
  domain_name       = each.key
  validation_method = "DNS"
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each = aws_acm_certificate.all
  zone_id  = aws_route53_zone.example.zone_id
  name     = tolist(each.value.domain_validation_options)[0].resource_record_name
  type     = tolist(each.value.domain_validation_options)[0].resource_record_type
  records  = [tolist(each.value.domain_validation_options)[0].resource_record_value]
  ttl      = 60
}

resource "aws_acm_certificate_validation" "all" {
  for_each                = aws_acm_certificate.all
  certificate_arn         = each.value.arn
  validation_record_fqdns = [aws_route53_record.validation[each.key].fqdn]
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.main.arn
  port              = 8443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.all["interop.example.com"].certificate_arn

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "no"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_certificate" "second" {
  listener_arn    = aws_lb_listener.https.arn
  certificate_arn = aws_acm_certificate_validation.all["second.example.com"].certificate_arn
}

resource "aws_lb_listener_rule" "weighted" {
  listener_arn = aws_lb_listener.http.arn
  priority     = var.step == 2 ? 15 : 10

  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.addresses.arn
        weight = var.step == 2 ? 50 : 80
      }
      target_group {
        arn    = aws_lb_target_group.functions.arn
        weight = 20
      }
      stickiness {
        enabled  = true
        duration = 600
      }
    }
  }

  condition {
    path_pattern {
      values = ["/a/*", "/b/*"]
    }
  }
  condition {
    host_header {
      values = ["a.example.com"]
    }
  }
}

resource "aws_lb_listener_rule" "conditions" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 20

  action {
    type = "fixed-response"
    fixed_response {
      content_type = "application/json"
      message_body = "{}"
      status_code  = "200"
    }
  }

  condition {
    http_header {
      http_header_name = "X-Who"
      values           = ["me"]
    }
  }
  condition {
    http_request_method {
      values = ["GET"]
    }
  }
  condition {
    query_string {
      key   = "a"
      value = "b"
    }
    query_string {
      value = "c"
    }
  }
  condition {
    source_ip {
      values = ["10.0.0.0/8"]
    }
  }
}

resource "aws_lb_listener_rule" "last" {
  listener_arn = aws_lb_listener.http.arn

  action {
    type = "redirect"
    redirect {
      host        = "www.example.com"
      path        = "/#{path}"
      status_code = "HTTP_302"
    }
  }

  condition {
    path_pattern {
      values = ["/old"]
    }
  }
}

data "aws_lb" "main" {
  arn        = aws_lb.main.arn
  depends_on = [aws_lb_listener.http]
}

data "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = aws_lb_listener.http.port
}

data "aws_lb_target_group" "functions" {
  name       = aws_lb_target_group.functions.name
  depends_on = [aws_lb_target_group.functions]
}

output "address" {
  value = data.aws_lb.main.dns_name
}
