# What it may cost: variables like those of variables.tf.

# The limits that the function keeps, turn by turn

variable "monthly_limit_usd" {
  description = "What the model may cost in a calendar month (UTC), in US dollars (0.01 to 10000). Beyond it no turn starts until the month ends."
  type        = number
  default     = 5
  nullable    = false

  validation {
    # Both ends are the function's own: beyond them lies a slip of the keyboard.
    condition     = var.monthly_limit_usd >= 0.01 && var.monthly_limit_usd <= 10000
    error_message = "monthly_limit_usd must be a number from 0.01 to 10000."
  }
}

variable "daily_limit_usd" {
  description = "What the model may cost in a day (UTC), in US dollars (0.01 to 10000). Beyond it no turn starts until the day ends."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.daily_limit_usd >= 0.01 && var.daily_limit_usd <= 10000
    error_message = "daily_limit_usd must be a number from 0.01 to 10000."
  }

  validation {
    condition     = var.daily_limit_usd <= var.monthly_limit_usd
    error_message = "daily_limit_usd must not be more than monthly_limit_usd: a day cannot cost more than its month."
  }
}

# AWS's own budget, the last resort behind the limits that the function keeps

variable "account_limit_usd" {
  description = "What the whole account may cost in a calendar month before AWS denies the function the model, in US dollars. Defaults to monthly_limit_usd. If the account runs anything else, add what that costs."
  type        = number
  default     = null
  nullable    = true

  validation {
    condition     = var.account_limit_usd == null || try(var.account_limit_usd >= var.monthly_limit_usd, false)
    error_message = "account_limit_usd must not be less than monthly_limit_usd: the model is part of what the account costs."
  }

  validation {
    condition     = var.account_limit_usd == null || try(var.account_limit_usd <= 1000000, false)
    error_message = "account_limit_usd must not be more than 1000000."
  }
}

variable "alert_email" {
  description = "Address that is told when an alarm goes off and when the account's costs near their limit. Null for nobody."
  type        = string
  default     = null
  nullable    = true

  validation {
    # Loosely: a mail that arrives is the only proof.
    condition     = var.alert_email == null || can(regex("^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$", var.alert_email))
    error_message = "alert_email must look like ana@example.com."
  }
}
