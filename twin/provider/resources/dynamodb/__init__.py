"""DynamoDB: tables with their indexes and replicas."""
