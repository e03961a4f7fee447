# The provider takes endpoint, keys and Region from the environment: AWS_ENDPOINT_URL and so on.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  default_tags {
    tags = {
      owner = "interop"
    }
  }
}

variable "step" {
  description = "2 changes resources in place."
  type        = number
  default     = 1
}

variable "code" {
  description = "Path of a zip with the function's code."
  type        = string
  default     = ""
}
