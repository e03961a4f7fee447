# Alarms, dashboards, log groups.

resource "aws_cloudwatch_metric_alarm" "simple" {
  alarm_name          = "interop-simple"
  alarm_description   = "step ${var.step}"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  threshold           = var.step == 2 ? 7.5 : 5
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = ["arn:aws:sns:eu-central-1:123456789012:alarms"]
  dimensions = {
    LoadBalancer = "app/interop/50dc6c495c0c9188"
  }
  tags = {
    step = tostring(var.step)
  }
}

resource "aws_cloudwatch_metric_alarm" "percentile" {
  alarm_name          = "interop-percentile"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  extended_statistic  = "p99"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
}

resource "aws_cloudwatch_metric_alarm" "math" {
  alarm_name          = "interop-math"
  evaluation_periods  = 2
  threshold           = var.step == 2 ? 5 : 10
  comparison_operator = "GreaterThanThreshold"

  metric_query {
    id          = "rate"
    expression  = "errors / requests * 100"
    label       = "Error rate"
    return_data = true
  }

  metric_query {
    id = "errors"
    metric {
      metric_name = "HTTPCode_Target_5XX_Count"
      namespace   = "AWS/ApplicationELB"
      period      = 60
      stat        = "Sum"
      unit        = "Count"
      dimensions = {
        LoadBalancer = "app/web"
      }
    }
  }

  metric_query {
    id = "requests"
    metric {
      metric_name = "RequestCount"
      namespace   = "AWS/ApplicationELB"
      period      = 60
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "both" {
  alarm_name        = "interop-both"
  alarm_description = "step ${var.step}"
  alarm_rule        = "ALARM(${aws_cloudwatch_metric_alarm.simple.alarm_name}) AND ALARM(${aws_cloudwatch_metric_alarm.percentile.alarm_name})"
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "interop"
  dashboard_body = jsonencode({
    widgets = [{ type = "text", x = 0, y = 0, width = 3, height = 3, properties = { markdown = "step ${var.step}" } }]
  })
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/interop/main"
  retention_in_days = var.step == 2 ? 0 : 30
  tags = {
    step = tostring(var.step)
  }
}

resource "aws_cloudwatch_log_group" "prefixed" {
  name_prefix = "interop-"
  skip_destroy = false
}

resource "aws_cloudwatch_log_stream" "main" {
  name           = "one"
  log_group_name = aws_cloudwatch_log_group.main.name
}

data "aws_cloudwatch_log_group" "main" {
  name = aws_cloudwatch_log_group.main.name
}
