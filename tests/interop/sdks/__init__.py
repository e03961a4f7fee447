"""Programs of the AWS SDKs for Go, Java and JavaScript, run against a twin."""
