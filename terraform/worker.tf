# A model of one's own on a machine that is leased for some hours: variables like those of variables.tf.

variable "worker" {
  description = "The machine that is leased, null for none; `make llm-on BACKEND=worker` says which. instance_type and its architecture (arm64 or x86_64); until, the end of the lease (RFC 3339, UTC, such as 2026-11-23T14:00:00Z), and how many hours that is (1 to 166); spot: from AWS's spare capacity, which it takes back at two minutes' notice."
  type = object({
    instance_type = string
    architecture  = string
    until         = string
    hours         = optional(number, 2)
    spot          = optional(bool, false)
  })
  default  = null
  nullable = true

  validation {
    condition     = var.worker == null || can(regex("^[a-z0-9-]+[.][a-z0-9-]+$", var.worker.instance_type))
    error_message = "worker.instance_type must look like c8g.xlarge."
  }

  validation {
    condition     = var.worker == null || contains(["arm64", "x86_64"], try(var.worker.architecture, ""))
    error_message = "worker.architecture must be arm64 or x86_64."
  }

  validation {
    condition     = var.worker == null || (can(timeadd(var.worker.until, "0s")) && endswith(try(var.worker.until, ""), "Z"))
    error_message = "worker.until must look like 2026-11-23T14:00:00Z."
  }
}

variable "worker_queue" {
  description = "Whether the worker's queue is there without a machine, for a worker that runs elsewhere; `make llm-on ENV=local BACKEND=worker` asks for it."
  type        = bool
  default     = false
  nullable    = false
}

variable "worker_model" {
  description = "The model's file for a worker: a GGUF of at most 16 GB under an https address, its SHA-256, and the name that guests and owners read. Pinned: a file that somebody exchanged is not run."
  type = object({
    url    = string
    sha256 = string
    name   = string
  })
  # 4,368,439,584 bytes.
  default = {
    url    = "https://huggingface.co/TheBloke/Mistral-7B-Instruct-v0.2-GGUF/resolve/main/mistral-7b-instruct-v0.2.Q4_K_M.gguf"
    sha256 = "3e0039fd0273fcbebb49228943b17831aadd55cbcbf56f0af00499be2040ccf9"
    name   = "mistral-7b-instruct-v0.2.Q4_K_M.gguf"
  }
  nullable = false

  validation {
    # No quotes and no spaces: a shell reads it.
    condition     = can(regex("^https://[A-Za-z0-9./?&=_%~:+-]+$", var.worker_model.url))
    error_message = "worker_model.url must be an https address without spaces and quotes."
  }

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.worker_model.sha256))
    error_message = "worker_model.sha256 must be the file's SHA-256: 64 lower-case hexadecimal digits."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", var.worker_model.name))
    error_message = "worker_model.name must be a file's name: letters, digits, dots and hyphens, at most 100."
  }
}

variable "worker_dir" {
  description = "Folder with the worker's code, as `make package` leaves it."
  type        = string
  default     = "../build/worker"
  nullable    = false
}
