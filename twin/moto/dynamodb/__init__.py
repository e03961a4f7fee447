"""The DynamoDB engine of one Region, built on moto's backend and request handler."""
