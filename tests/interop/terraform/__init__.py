"""HashiCorp's Terraform, with its provider for AWS."""
