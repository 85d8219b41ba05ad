variable "name" {
  description = "Name of the function and of its role; its log group is /aws/lambda/<name>."
  type        = string
  nullable    = false
}

variable "handler_zip" {
  description = "Path of the zip with the folder handler/ at its root."
  type        = string
  nullable    = false
}

variable "memory_mb" {
  description = "Memory in MB."
  type        = number
  nullable    = false
}

variable "log_retention_days" {
  description = "Days until a log line is deleted."
  type        = number
  nullable    = false
}

variable "environment" {
  description = "The function's environment, by variable name."
  type        = map(string)
  nullable    = false
}

variable "table_arn" {
  description = "ARN of the table that the function reads and writes."
  type        = string
  nullable    = false
}

variable "queue_name" {
  description = "Name of the queue that the function sends jobs to, for a model worker; it is there only while a worker is."
  type        = string
  nullable    = false
}

variable "connections_arn" {
  description = "ARN pattern of the sockets that the function may post to."
  type        = string
  nullable    = false
}

variable "models" {
  description = "Bedrock foundation models that the function may ask, by id; with the inference profile through which it asks one that is not offered by itself, and the regions in which that profile has the model answer."
  type = map(object({
    id      = string
    regions = list(string)
  }))
  nullable = false
}

variable "guardrail_arn" {
  description = "ARN of the Bedrock guardrail that the function may apply. Null without one."
  type        = string
  default     = null
}
