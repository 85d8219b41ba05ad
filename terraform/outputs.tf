output "site_url" {
  description = "Address of the page."
  value       = local.site_url
}

output "site_origin" {
  description = "The page's origin, the only one that both APIs accept from a browser."
  value       = local.site_origin
}

output "api_url" {
  description = "Base address of the HTTP API, without a trailing slash."
  value       = local.api_url
}

output "ws_url" {
  description = "Address of the WebSocket API."
  value       = local.ws_url
}

output "management_url" {
  description = "Address at which replies are posted to open sockets."
  value       = local.management_url
}

output "table_name" {
  description = "Name of the table."
  value       = module.store.name
}

output "function_name" {
  description = "Name of the function."
  value       = module.function.name
}

output "log_group" {
  description = "Name of the function's log group."
  value       = module.function.log_group
}

output "site_bucket" {
  description = "Name of the bucket that holds the page's files."
  value       = module.site.bucket
}

output "distribution_id" {
  description = "Id of the CloudFront distribution, null without one."
  value       = module.site.distribution_id
}

output "release" {
  description = "Fingerprint of the page's files; the page shows it as its version."
  value       = module.site.release
}

output "routes" {
  description = "Route keys of the HTTP API, sorted."
  value       = module.api.routes
}

output "model_id" {
  description = "Bedrock model that answers."
  value       = var.model_id

  # Here, where it stops a plan but never a destroy: a stack whose model lost its price must still go.
  precondition {
    condition     = can(local.models[var.model_id].usd_per_million_tokens[var.region])
    error_message = "${var.model_id} has no price in ${var.region}, so its cost could not be capped: handler/models/models.json has prices for ${local.priced}."
  }
}

output "fallback_model_ids" {
  description = "Bedrock models that answer, in this order, when that one cannot."
  value       = local.fallback_models

  precondition {
    condition     = alltrue([for id in local.fallback_models : can(local.models[id].usd_per_million_tokens[var.region])])
    error_message = "Each of fallback_models needs a price in ${var.region}, or its cost could not be capped: handler/models/models.json has prices for ${local.priced}."
  }
}

output "monthly_limit_usd" {
  description = "What the model may cost in a calendar month, in US dollars."
  value       = var.monthly_limit_usd
}

output "daily_limit_usd" {
  description = "What the model may cost in a day, in US dollars."
  value       = var.daily_limit_usd
}

output "deny_policy_arn" {
  description = "ARN of the policy that denies the model while it is attached to the function's role."
  value       = module.function.deny_policy_arn
}

output "worker_queue_url" {
  description = "Address of the queue from which a model worker fetches its jobs."
  value       = module.worker.queue_url
}

output "worker_lease" {
  description = "What is leased until when, as the variable worker says, with the machine's instance_id. Null without a lease."
  value       = module.worker.lease
}

output "worker_log_group" {
  description = "Name of the log group in which a leased machine says how its start went."
  value       = module.worker.log_group
}

output "role_name" {
  description = "Name of the function's role."
  value       = module.function.role_name
}

output "budget_name" {
  description = "Name of the account's monthly budget."
  value       = module.watch.budget_name
}

output "budget_action" {
  description = "Id of the budget's action, null without one."
  value       = module.watch.action_id
}

output "dashboard_url" {
  description = "Address of the dashboard in the console, null where there is no console."
  value       = local.dashboard_url
}

output "alarms" {
  description = "Names of the alarms, sorted."
  value       = module.watch.alarms
}

output "alarm_topic_arn" {
  description = "ARN of the topic that alarms are told to."
  value       = module.watch.topic_arn
}

output "region" {
  description = "AWS region of the stack."
  value       = var.region
}

output "stack" {
  description = "Name of the stack."
  value       = var.stack
}
