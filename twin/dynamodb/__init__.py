"""The item engine behind a Region: values, expressions, tables and operations of DynamoDB."""
