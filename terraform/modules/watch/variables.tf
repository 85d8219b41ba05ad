variable "name" {
  description = "Name of the budget, and beginning of the names of what goes with it."
  type        = string
  nullable    = false
}

variable "limit_usd" {
  description = "What the whole account may cost in a calendar month, in US dollars."
  type        = number
  nullable    = false
}

variable "role_name" {
  description = "Name of the role that loses the model when the limit is reached."
  type        = string
  nullable    = false
}

variable "role_arn" {
  description = "ARN of that role."
  type        = string
  nullable    = false
}

variable "deny_policy_arn" {
  description = "ARN of the policy that denies the model."
  type        = string
  nullable    = false
}

variable "budget_actions" {
  description = "Whether the budget attaches the policy by itself."
  type        = bool
  nullable    = false
}

variable "alert_email" {
  description = "Address that the budget writes to. Null for nobody."
  type        = string
  default     = null
}
