# IAM: roles, policies of all kinds, users, groups, instance profiles.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "table" {
  statement {
    sid       = "Step${var.step}"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = ["arn:${data.aws_partition.current.partition}:dynamodb:*:${data.aws_caller_identity.current.account_id}:table/interop"]
  }
}

resource "aws_iam_policy" "table" {
  name        = "interop-table"
  path        = "/interop/"
  description = "Reads a table"
  policy      = data.aws_iam_policy_document.table.json
  tags = {
    step = tostring(var.step)
  }
}

resource "aws_iam_role" "main" {
  name                  = "interop"
  description           = "step ${var.step}"
  path                  = "/interop/"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = var.step == 2 ? 7200 : 3600
  permissions_boundary  = aws_iam_policy.table.arn
}

resource "aws_iam_role_policy" "inline" {
  name   = "inline"
  role   = aws_iam_role.main.id
  policy = data.aws_iam_policy_document.table.json
}

resource "aws_iam_role_policy_attachment" "own" {
  role       = aws_iam_role.main.name
  policy_arn = aws_iam_policy.table.arn
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each = toset([
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AWSLambdaDynamoDBExecutionRole",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchFullAccess",
    "AmazonSSMManagedInstanceCore",
    "ReadOnlyAccess",
    "AdministratorAccess",
  ])
  role       = aws_iam_role.main.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_iam_role" "inside" {
  name_prefix        = "inside-"
  assume_role_policy = data.aws_iam_policy_document.trust.json

  inline_policy {
    name   = "own"
    policy = data.aws_iam_policy_document.table.json
  }

  managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"]
}

resource "aws_iam_instance_profile" "main" {
  name = "interop"
  role = aws_iam_role.main.name
}

resource "aws_iam_user" "main" {
  name          = "interop"
  path          = "/people/"
  force_destroy = true
  tags = {
    step = tostring(var.step)
  }
}

resource "aws_iam_access_key" "main" {
  user   = aws_iam_user.main.name
  status = var.step == 2 ? "Inactive" : "Active"
}

resource "aws_iam_user_policy" "main" {
  name   = "own"
  user   = aws_iam_user.main.name
  policy = data.aws_iam_policy_document.table.json
}

resource "aws_iam_user_policy_attachment" "main" {
  user       = aws_iam_user.main.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_group" "main" {
  name = "interop"
}

resource "aws_iam_group_policy" "main" {
  name   = "own"
  group  = aws_iam_group.main.name
  policy = data.aws_iam_policy_document.table.json
}

resource "aws_iam_group_policy_attachment" "main" {
  group      = aws_iam_group.main.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_group_membership" "main" {
  name  = "interop"
  group = aws_iam_group.main.name
  users = [aws_iam_user.main.name]
}

resource "aws_iam_user_group_membership" "main" {
  user   = aws_iam_user.main.name
  groups = [aws_iam_group.main.name]
}

data "aws_iam_policy" "managed" {
  name = "AmazonDynamoDBReadOnlyAccess"
}

data "aws_iam_role" "main" {
  name = aws_iam_role.main.name
}

output "managed" {
  value = data.aws_iam_policy.managed.arn
}
