variable "name" {
  description = "Name of the table."
  type        = string
  nullable    = false
}
