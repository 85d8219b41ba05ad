variable "name" {
  description = "Name of the stack; what the lease makes is called <name>-worker."
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

variable "queue_url" {
  description = "Address of the queue of jobs."
  type        = string
  nullable    = false
}

variable "queue_arn" {
  description = "ARN of the queue of jobs."
  type        = string
  nullable    = false
}

variable "machine" {
  description = "What is leased until when: as the root's variable worker."
  type = object({
    instance_type = string
    architecture  = string
    until         = string
    spot          = bool
  })
  nullable = false
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

variable "log_group" {
  description = "Name of the log group in which a machine says how its start went."
  type        = string
  nullable    = false
}

variable "log_group_arn" {
  description = "ARN of that log group."
  type        = string
  nullable    = false
}
