"""PartiQL for DynamoDB: statements become the same reads and writes as the other operations'."""
