variable "name" {
  description = "Name of the stack: the queue is <name>-jobs, its dead letters are <name>-jobs-dead."
  type        = string
  nullable    = false
}
