variable "name" {
  description = "Beginning of the bucket's name, and name of what CloudFront needs."
  type        = string
  nullable    = false
}

variable "site_dir" {
  description = "Folder with the page's files; its index.html is a template."
  type        = string
  nullable    = false
}

variable "cdn_enabled" {
  description = "Whether CloudFront stands before the bucket; else its objects are public."
  type        = bool
  nullable    = false
}

variable "viewer_protocol_policy" {
  description = "What CloudFront does with plain HTTP: redirect-to-https or allow-all."
  type        = string
  nullable    = false
}

variable "wait_for_cdn" {
  description = "Whether to wait until CloudFront has spread the distribution, which takes some minutes."
  type        = bool
  nullable    = false
}

variable "api_url" {
  description = "Base address of the HTTP API, as the page calls it."
  type        = string
  nullable    = false
}

variable "ws_url" {
  description = "Address of the WebSocket API, as the page opens it."
  type        = string
  nullable    = false
}

variable "connect_src" {
  description = "Origins that the page may call, separated by spaces, for its Content-Security-Policy."
  type        = string
  nullable    = false
}
