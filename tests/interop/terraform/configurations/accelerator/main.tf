# An accelerator with an endpoint group in each of two Regions.

provider "aws" {
  alias  = "oregon"
  region = "us-west-2"
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_lb" "main" {
  name    = "accelerated"
  subnets = slice(sort(data.aws_subnets.default.ids), 0, 2)
}

resource "aws_globalaccelerator_accelerator" "main" {
  name            = "interop"
  ip_address_type = "IPV4"
  enabled         = true
  tags = {
    step = tostring(var.step)
  }

  dynamic "attributes" {
    for_each = var.step == 2 ? [1] : []
    content {
      flow_logs_enabled   = true
      flow_logs_s3_bucket = "interop-logs"
      flow_logs_s3_prefix = "flow/"
    }
  }
}

resource "aws_globalaccelerator_listener" "main" {
  accelerator_arn = aws_globalaccelerator_accelerator.main.arn
  client_affinity = var.step == 2 ? "NONE" : "SOURCE_IP"
  protocol        = "TCP"

  port_range {
    from_port = 80
    to_port   = 80
  }
  port_range {
    from_port = 8080
    to_port   = 8081
  }
}

resource "aws_globalaccelerator_endpoint_group" "frankfurt" {
  listener_arn                  = aws_globalaccelerator_listener.main.arn
  traffic_dial_percentage       = var.step == 2 ? 50 : 100
  health_check_interval_seconds = 10
  health_check_path             = "/health"
  health_check_protocol         = "HTTP"
  threshold_count               = 2

  endpoint_configuration {
    endpoint_id                    = aws_lb.main.arn
    weight                         = var.step == 2 ? 200 : 100
    client_ip_preservation_enabled = true
  }

  port_override {
    listener_port = 80
    endpoint_port = 9090
  }
}

resource "aws_globalaccelerator_endpoint_group" "oregon" {
  listener_arn          = aws_globalaccelerator_listener.main.arn
  endpoint_group_region = "us-west-2"
}

data "aws_globalaccelerator_accelerator" "main" {
  arn = aws_globalaccelerator_accelerator.main.id
}

output "addresses" {
  value = flatten(aws_globalaccelerator_accelerator.main.ip_sets[*].ip_addresses)
}
