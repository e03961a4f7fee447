# Tables: one of each kind, with replicas in both of the provider's ways, and items.

provider "aws" {
  alias  = "oregon"
  region = "us-west-2"
}

resource "aws_dynamodb_table" "global" {
  name             = "interop-global"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "pk"
  range_key        = "sk"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "pk"
    type = "S"
  }
  attribute {
    name = "sk"
    type = "N"
  }
  attribute {
    name = "other"
    type = "S"
  }

  global_secondary_index {
    name            = "by-other"
    hash_key        = "other"
    range_key       = "sk"
    projection_type = "ALL"
  }

  local_secondary_index {
    name               = "local"
    range_key          = "other"
    projection_type    = "INCLUDE"
    non_key_attributes = ["a", "b"]
  }

  ttl {
    attribute_name = "until"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.step == 2
  }

  replica {
    region_name            = "us-west-2"
    point_in_time_recovery = var.step == 2
    propagate_tags         = true
  }

  tags = {
    step = tostring(var.step)
  }
}

resource "aws_dynamodb_table" "provisioned" {
  name                        = "interop-provisioned"
  billing_mode                = "PROVISIONED"
  read_capacity               = var.step == 2 ? 7 : 5
  write_capacity              = 5
  hash_key                    = "id"
  deletion_protection_enabled = false
  table_class                 = "STANDARD"

  attribute {
    name = "id"
    type = "S"
  }

  dynamic "attribute" {
    for_each = var.step == 2 ? ["late"] : []
    content {
      name = "late"
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = var.step == 2 ? ["late"] : []
    content {
      name            = "late"
      hash_key        = "late"
      projection_type = "KEYS_ONLY"
      read_capacity   = 2
      write_capacity  = 2
    }
  }

  server_side_encryption {
    enabled = false
  }
}

resource "aws_dynamodb_table" "apart" {
  name             = "interop-apart"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "id"
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"

  attribute {
    name = "id"
    type = "S"
  }

  lifecycle {
    ignore_changes = [replica, tags, tags_all]
  }
}

resource "aws_dynamodb_table_replica" "apart" {
  provider                    = aws.oregon
  global_table_arn            = aws_dynamodb_table.apart.arn
  point_in_time_recovery      = var.step == 2
  deletion_protection_enabled = false
  tags = {
    step = tostring(var.step)
  }
}

resource "aws_dynamodb_table_item" "one" {
  table_name = aws_dynamodb_table.global.name
  hash_key   = "pk"
  range_key  = "sk"
  item = jsonencode({
    pk    = { S = "a" }
    sk    = { N = "1" }
    other = { S = "step ${var.step}" }
    list  = { L = [{ S = "x" }, { BOOL = true }, { NULL = true }] }
    map   = { M = { deep = { NS = ["1"] } } }
  })
}

resource "aws_dynamodb_tag" "one" {
  resource_arn = aws_dynamodb_table.apart.arn
  key          = "apart"
  value        = "step ${var.step}"
}

data "aws_dynamodb_table" "global" {
  name = aws_dynamodb_table.global.name
}

data "aws_dynamodb_table_item" "one" {
  table_name = aws_dynamodb_table.global.name
  key = jsonencode({
    pk = { S = "a" }
    sk = { N = "1" }
  })
  depends_on = [aws_dynamodb_table_item.one]
}

output "item" {
  value = data.aws_dynamodb_table_item.one.item
}
