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

# The model

variable "model_id" {
  description = "Bedrock foundation model that answers, on demand; through an inference profile where handler/models/models.json names one for the region."
  type        = string
  default     = "mistral.mistral-7b-instruct-v0:2"
  nullable    = false

  validation {
    # The table knows which model needs a profile, and with it the ARNs that the function's role must name.
    condition = (
      can(regex("^[a-z0-9-]+\\.[A-Za-z0-9._:-]+$", var.model_id))
      && !can(regex("^(us|us-gov|eu|apac|au|ca|jp|sa|global)\\.", var.model_id))
    )
    error_message = "model_id must be a foundation model's id, such as mistral.mistral-7b-instruct-v0:2, and no inference profile."
  }
}

variable "fallback_models" {
  description = "Bedrock models that answer in this order when model_id cannot. null takes a Ministral and Nova Micro where they have a price for the region; [] is none."
  type        = list(string)
  default     = null
  nullable    = true

  validation {
    condition     = var.fallback_models == null || try(length(var.fallback_models) <= 3 && length(distinct(var.fallback_models)) == length(var.fallback_models), false)
    error_message = "fallback_models may name 3 models, each once: what a turn may cost at most grows with each."
  }
}

variable "persona" {
  description = "What the model is told about itself before the first message, 1 to 1500 characters. It counts as input tokens of every turn."
  type        = string
  default     = "You are a warm and helpful assistant. Answer in the language the person writes in, in plain words and no longer than the question needs. When you do not know something, say so."
  nullable    = false

  validation {
    # Lambda allows 4 KB for the whole environment, and a character may take several bytes.
    condition     = length(trimspace(var.persona)) >= 1 && length(var.persona) <= 1500
    error_message = "persona needs 1 to 1500 characters."
  }
}

variable "max_tokens" {
  description = "Longest reply, in output tokens (1 to 4096). It is also what a turn may cost at most."
  type        = number
  default     = 1024
  nullable    = false

  validation {
    condition     = var.max_tokens >= 1 && var.max_tokens <= 4096 && floor(var.max_tokens) == var.max_tokens
    error_message = "max_tokens must be a whole number from 1 to 4096."
  }
}

variable "guardrail" {
  description = "Bedrock guardrail that every turn passes through: null for none, {} for one with its defaults. strength is LOW, MEDIUM or HIGH for each content filter; blocked_message is what a guest reads instead, 1 to 500 characters. AWS bills it by the text it reads, which is several times what the model itself costs and is not part of monthly_limit_usd. It knows English, French and Spanish; other languages it judges less well."
  type = object({
    strength        = optional(string, "MEDIUM")
    blocked_message = optional(string, "I cannot talk about that here.")
  })
  default  = null
  nullable = true

  validation {
    condition     = var.guardrail == null || contains(["LOW", "MEDIUM", "HIGH"], try(var.guardrail.strength, ""))
    error_message = "guardrail.strength must be LOW, MEDIUM or HIGH."
  }

  validation {
    condition = var.guardrail == null || (
      try(length(trimspace(var.guardrail.blocked_message)) >= 1 && length(var.guardrail.blocked_message) <= 500, false)
    )
    error_message = "guardrail.blocked_message needs 1 to 500 characters."
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
