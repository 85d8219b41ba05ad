variable "name" {
  description = "Name of the stack: the queue is <name>-jobs, its dead letters are <name>-jobs-dead."
  type        = string
  nullable    = false
}

variable "table_name" {
  description = "Name of the table with the mailbox."
  type        = string
  nullable    = false
}

variable "table_arn" {
  description = "ARN of the table with the mailbox."
  type        = string
  nullable    = false
}

variable "machine" {
  description = "The machine that is leased: as the root's variable worker. Null for none."
  type = object({
    instance_type = string
    architecture  = string
    until         = string
    hours         = number
    spot          = bool
  })
  default = null
}

variable "queue" {
  description = "Whether there is a queue without a machine: as the root's variable worker_queue."
  type        = bool
  nullable    = false
}

variable "model" {
  description = "The model's file: as the root's variable worker_model."
  type = object({
    url    = string
    sha256 = string
    name   = string
  })
  nullable = false
}

variable "code_dir" {
  description = "Folder with the worker's Python files and their requirements.lock."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days until a line of a worker's log is deleted."
  type        = number
  nullable    = false
}
