variable "name" {
  description = "Name of the stack, of its budget and of its dashboard, and beginning of the names of what goes with them."
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

# What is looked at

variable "function_name" {
  description = "Name of the function."
  type        = string
  nullable    = false
}

variable "function_arn" {
  description = "ARN of the function."
  type        = string
  nullable    = false
}

variable "log_group" {
  description = "Name of the function's log group."
  type        = string
  nullable    = false
}

variable "memory_mb" {
  description = "Memory of the function in MB."
  type        = number
  nullable    = false
}

variable "table_name" {
  description = "Name of the table."
  type        = string
  nullable    = false
}

variable "http_id" {
  description = "Id of the HTTP API."
  type        = string
  nullable    = false
}

variable "websocket_id" {
  description = "Id of the WebSocket API."
  type        = string
  nullable    = false
}

variable "websocket_stage" {
  description = "Stage of the WebSocket API."
  type        = string
  nullable    = false
}

variable "model_id" {
  description = "Bedrock model that answers."
  type        = string
  nullable    = false
}

variable "queue" {
  description = "Name of the queue of jobs for a model worker."
  type        = string
  nullable    = false
}

variable "dead_letter_queue" {
  description = "Name of the queue of jobs that no worker could end."
  type        = string
  nullable    = false
}

variable "worker" {
  description = "The model worker's instance, and the hours that it may run (1 to 166: CloudWatch looks back a week). Null while there is none."
  type = object({
    instance_id = string
    lease_hours = number
  })
  default = null

  validation {
    condition     = var.worker == null || try(var.worker.lease_hours >= 1 && var.worker.lease_hours <= 166 && floor(var.worker.lease_hours) == var.worker.lease_hours, false)
    error_message = "worker.lease_hours must be a whole number from 1 to 166."
  }
}

# What is too much of it

variable "daily_limit_usd" {
  description = "What the model may cost in a day, in US dollars."
  type        = number
  nullable    = false
}

variable "monthly_limit_usd" {
  description = "What the model may cost in a calendar month, in US dollars."
  type        = number
  nullable    = false
}

variable "first_delta_target_ms" {
  description = "Milliseconds within which 19 of 20 replies should begin."
  type        = number
  nullable    = false
}

# Who is told

variable "alert_email" {
  description = "Address that the budget and the alarms write to. Null for nobody."
  type        = string
  default     = null
}

variable "alarms" {
  description = "Whether the alarms are made."
  type        = bool
  nullable    = false
}

variable "saved_queries" {
  description = "Whether CloudWatch Logs Insights keeps the queries."
  type        = bool
  default     = true
}
