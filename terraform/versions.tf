terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Pinned exactly: a stack that somebody else deploys next year plans the same resources as today.
      version = "5.100.0"
    }
  }
}
