# A zone with records of all routing policies, health checks, and a certificate validated by them.

resource "aws_route53_zone" "main" {
  name    = "interop.example.com"
  comment = "step ${var.step}"
  tags = {
    step = tostring(var.step)
  }
}

resource "aws_route53_record" "simple" {
  zone_id = aws_route53_zone.main.zone_id
  name    = "www"
  type    = "A"
  ttl     = var.step == 2 ? 60 : 300
  records = ["192.0.2.1", "192.0.2.2"]
}

resource "aws_route53_record" "text" {
  zone_id = aws_route53_zone.main.zone_id
  name    = "_text.interop.example.com"
  type    = "TXT"
  ttl     = 300
  records = ["v=spf1 -all", "second"]
}

resource "aws_route53_record" "star" {
  zone_id = aws_route53_zone.main.zone_id
  name    = "*.star"
  type    = "CNAME"
  ttl     = 300
  records = ["www.interop.example.com"]
}

resource "aws_route53_record" "weighted" {
  for_each       = { blue = 90, green = 10 }
  zone_id        = aws_route53_zone.main.zone_id
  name           = "weighted"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.3"]
  set_identifier = each.key
  weighted_routing_policy {
    weight = var.step == 2 ? 100 - each.value : each.value
  }
}

resource "aws_route53_record" "latency" {
  for_each       = toset(["eu-central-1", "us-west-2"])
  zone_id        = aws_route53_zone.main.zone_id
  name           = "latency"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.4"]
  set_identifier = each.key
  latency_routing_policy {
    region = each.key
  }
}

resource "aws_route53_record" "failover" {
  for_each        = { PRIMARY = aws_route53_health_check.http.id, SECONDARY = null }
  zone_id         = aws_route53_zone.main.zone_id
  name            = "failover"
  type            = "A"
  ttl             = 60
  records         = ["192.0.2.5"]
  set_identifier  = lower(each.key)
  health_check_id = each.value
  failover_routing_policy {
    type = each.key
  }
}

resource "aws_route53_record" "geolocation" {
  for_each       = { "EU" = "EU" }
  zone_id        = aws_route53_zone.main.zone_id
  name           = "geo"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.6"]
  set_identifier = each.key
  geolocation_routing_policy {
    continent = each.value
  }
}

resource "aws_route53_record" "multivalue" {
  zone_id                          = aws_route53_zone.main.zone_id
  name                             = "multi"
  type                             = "A"
  ttl                              = 60
  records                          = ["192.0.2.7"]
  set_identifier                   = "one"
  multivalue_answer_routing_policy = true
}

resource "aws_route53_record" "alias" {
  zone_id = aws_route53_zone.main.zone_id
  name    = "alias"
  type    = "A"
  alias {
    name                   = aws_route53_record.simple.fqdn
    zone_id                = aws_route53_zone.main.zone_id
    evaluate_target_health = var.step == 2
  }
}

resource "aws_route53_health_check" "http" {
  fqdn              = "www.interop.example.com"
  port              = 80
  type              = "HTTP"
  resource_path     = var.step == 2 ? "/healthz" : "/health"
  failure_threshold = 3
  request_interval  = 30
  tags = {
    Name = "step ${var.step}"
  }
}

resource "aws_route53_health_check" "calculated" {
  type                   = "CALCULATED"
  child_health_threshold = 1
  child_healthchecks     = [aws_route53_health_check.http.id]
}

resource "aws_acm_certificate" "main" {
  domain_name               = "interop.example.com"
  subject_alternative_names = ["*.interop.example.com"]
  validation_method         = "DNS"
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each = {
    for option in aws_acm_certificate.main.domain_validation_options : option.domain_name => option
    if option.domain_name == "interop.example.com"
  }
  allow_overwrite = true
  zone_id         = aws_route53_zone.main.zone_id
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 60
}

resource "aws_acm_certificate_validation" "main" {
  certificate_arn         = aws_acm_certificate.main.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}

data "aws_route53_zone" "main" {
  name       = aws_route53_zone.main.name
  depends_on = [aws_route53_zone.main]
}

output "servers" {
  value = length(aws_route53_zone.main.name_servers)
}
