# Records by place and by client address, health checks of HTTPS and strings, a traffic policy.

resource "aws_route53_zone" "main" {
  name          = "routing.interop.test"
  force_destroy = true
}

resource "aws_route53_health_check" "https" {
  fqdn               = "www.routing.interop.test"
  port               = 443
  type               = "HTTPS_STR_MATCH"
  search_string      = var.step == 2 ? "well" : "ok"
  resource_path      = "/health"
  failure_threshold  = 1
  request_interval   = 10
  enable_sni         = true
  measure_latency    = true
  invert_healthcheck = var.step == 2
  regions            = ["us-east-1", "eu-west-1", "us-west-2"]
}

resource "aws_route53_health_check" "tcp" {
  ip_address        = "8.8.8.8"
  port              = 53
  type              = "TCP"
  failure_threshold = 3
  request_interval  = 30
}

resource "aws_route53_record" "near" {
  for_each        = { "eu-central-1" = 10, "us-west-2" = -5 }
  zone_id         = aws_route53_zone.main.zone_id
  name            = "near"
  type            = "A"
  ttl             = 60
  records         = ["192.0.2.1"]
  set_identifier  = each.key
  health_check_id = aws_route53_health_check.https.id
  geoproximity_routing_policy {
    aws_region = each.key
    bias       = var.step == 2 ? 0 - each.value : each.value
  }
}

resource "aws_route53_record" "place" {
  for_each       = { us = "US", default = "*" }
  zone_id        = aws_route53_zone.main.zone_id
  name           = "place"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.2"]
  set_identifier = each.key
  geolocation_routing_policy {
    country = each.value
  }
}

resource "aws_route53_cidr_collection" "main" {
  name = "interop"
}

resource "aws_route53_cidr_location" "home" {
  cidr_collection_id = aws_route53_cidr_collection.main.id
  name               = "home"
  cidr_blocks        = var.step == 2 ? ["192.0.2.0/24"] : ["192.0.2.0/24", "198.51.100.0/24"]
}

resource "aws_route53_record" "client" {
  for_each       = toset(["home", "*"])
  zone_id        = aws_route53_zone.main.zone_id
  name           = "client"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.3"]
  set_identifier = each.key
  cidr_routing_policy {
    collection_id = aws_route53_cidr_collection.main.id
    location_name = each.key
  }
  depends_on = [aws_route53_cidr_location.home]
}

data "aws_route53_traffic_policy_document" "main" {
  record_type = "A"
  start_rule  = "nearest"
  endpoint {
    id    = "frankfurt"
    type  = "value"
    value = "192.0.2.4"
  }
  endpoint {
    id    = "oregon"
    type  = "value"
    value = "192.0.2.5"
  }
  rule {
    id   = "nearest"
    type = "latency"
    region {
      region         = "eu-central-1"
      rule_reference = "europe"
    }
    region {
      region             = "us-west-2"
      endpoint_reference = "oregon"
    }
  }
  rule {
    id   = "europe"
    type = "failover"
    primary {
      endpoint_reference = "frankfurt"
      health_check       = aws_route53_health_check.tcp.id
    }
    secondary {
      endpoint_reference = "oregon"
    }
  }
}

resource "aws_route53_traffic_policy" "main" {
  name     = "interop"
  comment  = "step ${var.step}"
  document = data.aws_route53_traffic_policy_document.main.json
}

resource "aws_route53_traffic_policy_instance" "main" {
  name                   = "policy.routing.interop.test"
  hosted_zone_id         = aws_route53_zone.main.zone_id
  traffic_policy_id      = aws_route53_traffic_policy.main.id
  traffic_policy_version = aws_route53_traffic_policy.main.version
  ttl                    = var.step == 2 ? 30 : 60
}
