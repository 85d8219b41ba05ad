# In the order in which a message travels: what is kept, what is refused, what thinks, what is called, what is seen.

locals {
  # Absent rather than empty where there is no guardrail.
  guardrail_environment = merge([
    for guardrail in module.guardrail : { GUARDRAIL_ID = guardrail.id, GUARDRAIL_VERSION = guardrail.version }
  ]...)
}

module "store" {
  source = "./modules/store"

  name = var.stack
}

# Only where it is asked for: it is billed by the text it reads.
module "guardrail" {
  count  = var.guardrail == null ? 0 : 1
  source = "./modules/guardrail"

  name            = var.stack
  strength        = var.guardrail.strength
  blocked_message = var.guardrail.blocked_message
}

module "worker" {
  source = "./modules/worker"

  name               = var.stack
  table_name         = module.store.name
  table_arn          = module.store.arn
  queue              = var.worker_queue
  machine            = var.worker
  model              = var.worker_model
  code_dir           = var.worker_dir
  log_retention_days = var.log_retention_days
}

module "function" {
  source = "./modules/function"

  name               = var.stack
  handler_zip        = var.handler_zip
  memory_mb          = var.memory_mb
  log_retention_days = var.log_retention_days

  # One to one with handler/settings.py.
  environment = merge(local.emulator_environment, local.guardrail_environment, {
    TABLE_NAME         = module.store.name
    MODEL_ID           = var.model_id
    FALLBACK_MODEL_IDS = join(" ", local.fallback_models)
    PERSONA            = var.persona
    MAX_TOKENS         = tostring(var.max_tokens)
    DAILY_LIMIT_USD    = tostring(var.daily_limit_usd)
    MONTHLY_LIMIT_USD  = tostring(var.monthly_limit_usd)
    SITE_ORIGIN        = local.site_origin
    WORKER_QUEUE_URL   = local.queue_url

    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI = local.management_url
  })

  table_arn       = module.store.arn
  queue_name      = local.queue_name
  connections_arn = module.api.connections_arn
  models          = local.asked_models
  guardrail_arn   = one(module.guardrail[*].arn)
}

module "api" {
  source = "./modules/api"

  name                = var.stack
  function_name       = module.function.name
  function_invoke_arn = module.function.invoke_arn
  site_origin         = local.site_origin
}

module "site" {
  source = "./modules/site"

  name                   = var.stack
  site_dir               = var.site_dir
  cdn_enabled            = var.cdn_enabled
  viewer_protocol_policy = local.viewer_protocol_policy
  wait_for_cdn           = local.wait_for_cdn

  api_url     = local.api_url
  ws_url      = local.ws_url
  connect_src = local.connect_src
}

module "watch" {
  source = "./modules/watch"

  name            = var.stack
  limit_usd       = coalesce(var.account_limit_usd, var.monthly_limit_usd)
  alert_email     = var.alert_email
  budget_actions  = local.budget_actions
  role_name       = module.function.role_name
  role_arn        = module.function.role_arn
  deny_policy_arn = module.function.deny_policy_arn

  function_name     = module.function.name
  function_arn      = module.function.arn
  log_group         = module.function.log_group
  memory_mb         = var.memory_mb
  table_name        = module.store.name
  http_id           = module.api.http_id
  websocket_id      = module.api.websocket_id
  websocket_stage   = module.api.websocket_stage
  model_id          = var.model_id
  queue             = local.queue_name
  dead_letter_queue = "${local.queue_name}-dead"

  worker = var.worker == null ? null : { instance_id = module.worker.lease.instance_id, lease_hours = var.worker.hours }

  daily_limit_usd       = var.daily_limit_usd
  monthly_limit_usd     = var.monthly_limit_usd
  first_delta_target_ms = var.first_delta_target_ms
  saved_queries         = local.saved_queries
  alarms                = local.alarms
}
