"""The only package that imports moto: its control planes for control, its DynamoDB for Regions."""
