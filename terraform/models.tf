# Which models answer, what they are told, and what they may be asked.

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

# The function's own table of models and prices, so that a model without a price stops the plan and not the first guest.

locals {
  model_table = jsondecode(file("${path.root}/../handler/models/models.json"))
  models      = local.model_table.models

  # Who stands in for the main model where nobody was named: those that the table has a price for in this region.
  stand_ins = [
    for id in local.model_table.stand_ins : id
    if can(local.models[id].usd_per_million_tokens[var.region])
  ]
  fallback_models = [for id in coalesce(var.fallback_models, local.stand_ins) : id if id != var.model_id]

  # Every model that may be asked, with the inference profile through which it is asked where it is not offered by itself.
  asked_models = {
    for id in concat([var.model_id], local.fallback_models) : id => try(local.models[id].profiles[var.region], null)
  }

  # For people: "a.model (us-east-1, sa-east-1) and b.model (us-east-1)".
  priced = join(" and ", [for id, model in local.models : "${id} (${join(", ", keys(model.usd_per_million_tokens))})"])
}
