"""What Lambda runs: boto3 and the standard library only."""
