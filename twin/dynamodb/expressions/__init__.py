"""DynamoDB expressions: their syntax, placeholders, evaluation and the older parameters."""
