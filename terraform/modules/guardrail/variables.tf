variable "name" {
  description = "Name of the guardrail."
  type        = string
  nullable    = false
}

variable "strength" {
  description = "Strength of each content filter: LOW, MEDIUM or HIGH."
  type        = string
  nullable    = false
}

variable "blocked_message" {
  description = "What a guest reads in place of what was blocked, 1 to 500 characters."
  type        = string
  nullable    = false
}
