variable "name" {
  description = "Beginning of both APIs' names."
  type        = string
  nullable    = false
}

variable "function_name" {
  description = "Name of the function that serves both APIs."
  type        = string
  nullable    = false
}

variable "function_invoke_arn" {
  description = "ARN by which API Gateway invokes the function."
  type        = string
  nullable    = false
}

variable "site_origin" {
  description = "Origin of the page, the only one that a browser may call from."
  type        = string
  nullable    = false
}
