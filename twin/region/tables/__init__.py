"""DynamoDB of one Region: API, table store, write-ahead log, asynchronous replication."""
