# A function with what is usually around it.

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "main" {
  name               = "interop-function"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.main.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/aws/lambda/interop"
  retention_in_days = var.step == 2 ? 14 : 7
}

resource "aws_lambda_function" "main" {
  function_name                  = "interop"
  description                    = "step ${var.step}"
  role                           = aws_iam_role.main.arn
  handler                        = "index.handler"
  runtime                        = "python3.13"
  architectures                  = ["arm64"]
  filename                       = var.code
  source_code_hash               = filebase64sha256(var.code)
  memory_size                    = var.step == 2 ? 512 : 256
  timeout                        = 10
  publish                        = true
  reserved_concurrent_executions = var.step == 2 ? 6 : 5

  environment {
    variables = {
      STEP = tostring(var.step)
    }
  }

  ephemeral_storage {
    size = 1024
  }

  logging_config {
    # Without levels, a function that is published shows a change for ever, on AWS too.
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.main.name
  }

  tracing_config {
    mode = "Active"
  }

  tags = {
    step = tostring(var.step)
  }

  depends_on = [aws_iam_role_policy_attachment.logs]
}

resource "aws_lambda_function" "plain" {
  function_name = "interop-plain"
  role          = aws_iam_role.main.arn
  handler       = "index.handler"
  runtime       = "python3.12"
  filename      = var.code
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "step ${var.step}"
  function_name    = aws_lambda_function.main.function_name
  function_version = aws_lambda_function.main.version
}

resource "aws_lambda_alias" "weighted" {
  name             = "weighted"
  function_name    = aws_lambda_function.main.arn
  function_version = "1"

  dynamic "routing_config" {
    for_each = var.step == 2 ? [1] : []
    content {
      additional_version_weights = {
        "2" = 0.25
      }
    }
  }
  depends_on = [aws_lambda_function.main]
}

resource "aws_lambda_permission" "function" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.main.function_name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:aws:events:eu-central-1:123456789012:rule/interop"
}

resource "aws_lambda_permission" "alias" {
  statement_id   = "Balancer"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.main.function_name
  qualifier      = aws_lambda_alias.live.name
  principal      = "s3.amazonaws.com"
  source_account = "123456789012"
}

resource "aws_lambda_function_event_invoke_config" "main" {
  function_name                = aws_lambda_function.main.function_name
  maximum_retry_attempts       = var.step == 2 ? 0 : 1
  maximum_event_age_in_seconds = 60
}

resource "aws_lambda_invocation" "main" {
  function_name = aws_lambda_function.main.function_name
  input         = jsonencode({ step = var.step })
  triggers = {
    step = var.step
  }
}

data "aws_lambda_function" "main" {
  function_name = aws_lambda_function.plain.function_name
}

data "aws_lambda_alias" "live" {
  function_name = aws_lambda_function.main.function_name
  name          = aws_lambda_alias.live.name
}

output "answer" {
  value = aws_lambda_invocation.main.result
}
