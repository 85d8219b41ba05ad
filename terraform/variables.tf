# Which stack

variable "stack" {
  description = "Name of the stack, and of everything in it. Two stacks of one account need two names. Lower-case letters, digits and single hyphens, 2 to 40 characters."
  type        = string
  default     = "forever-us"
  nullable    = false

  validation {
    # The bucket is <stack>-site-<account id>: 18 characters of the 63 that S3 allows are taken.
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.stack)) && length(var.stack) >= 2 && length(var.stack) <= 40
    error_message = "stack needs 2 to 40 lower-case letters, digits and single hyphens, and begins with a letter."
  }
}

variable "region" {
  description = "AWS region of the stack, for example us-east-1. The model must be offered there."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must look like us-east-1."
  }
}

# The stack's shape

variable "cdn_enabled" {
  description = "Whether CloudFront stands before the page. Without it the page is a public S3 object over HTTPS: for new accounts that CloudFront still refuses."
  type        = bool
  default     = true
  nullable    = false
}

variable "memory_mb" {
  description = "Memory of the function in MB (128 to 10240). Its share of a CPU grows with it."
  type        = number
  default     = 128
  nullable    = false

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240 && floor(var.memory_mb) == var.memory_mb
    error_message = "memory_mb must be a whole number from 128 to 10240."
  }
}

variable "log_retention_days" {
  description = "Days until CloudWatch deletes a log line. Logs hold no message text."
  type        = number
  default     = 14
  nullable    = false

  validation {
    # The periods that CloudWatch Logs accepts, without 0: for ever.
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "log_retention_days must be a period that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90 and so on."
  }
}

variable "first_delta_target_ms" {
  description = "Milliseconds within which 19 of 20 replies should begin (100 to 300000): beyond it an alarm goes off. A model worker takes longer than Bedrock."
  type        = number
  default     = 3000
  nullable    = false

  validation {
    condition     = var.first_delta_target_ms >= 100 && var.first_delta_target_ms <= 300000
    error_message = "first_delta_target_ms must be a number from 100 to 300000."
  }
}

# What is deployed

variable "handler_zip" {
  description = "Path of the function's zip, as `make package` leaves it."
  type        = string
  default     = "../build/handler.zip"
  nullable    = false
}

variable "site_dir" {
  description = "Folder with the page's files, as `make package` leaves it. Its index.html is a template."
  type        = string
  default     = "../build/site"
  nullable    = false
}

# Where it is deployed

variable "emulator" {
  description = "Addresses of the local AWS emulator and of the local Bedrock runtime, without a trailing slash. Null on AWS. Read in addresses.tf and nowhere else."
  type = object({
    url         = string
    bedrock_url = string
  })
  default  = null
  nullable = true

  validation {
    # The port is needed by itself: a distribution answers on a host name of its own, at the emulator's port.
    condition = var.emulator == null || alltrue([
      can(regex("^http://[^/:]+:[0-9]+$", var.emulator.url)),
      can(regex("^https?://[^/]+(/[^/]+)*$", var.emulator.bedrock_url)),
    ])
    error_message = "emulator.url must look like http://127.0.0.1:4566 and emulator.bedrock_url like http://127.0.0.1:8091."
  }
}
