# Where everything is found, on AWS and under the emulator. The only file that reads var.emulator.
#
# The emulator serves both APIs under a path of its own address, so that any program can open them, also where
# *.localhost does not resolve. A distribution is told apart by host name alone: browsers and curl resolve it.

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  emulated = var.emulator != null

  # Provider: null means "as AWS has it".
  provider_endpoint = local.emulated ? var.emulator.url : null
  provider_key      = local.emulated ? "test" : null

  # The emulator answers at once or is gone; AWS deserves the provider's 25 tries.
  provider_retries = local.emulated ? 3 : null

  # Both APIs. The HTTP API answers at the root of its address: its stage is $default, which no path shows.
  emulator_api = local.emulated ? "${var.emulator.url}/_aws/execute-api" : null

  api_url = local.emulated ? "${local.emulator_api}/${module.api.http_id}" : module.api.http_endpoint

  ws_url = join("/", [
    local.emulated ? replace("${local.emulator_api}/${module.api.websocket_id}", "/^http/", "ws") : module.api.websocket_endpoint,
    module.api.websocket_stage,
  ])

  # Where the function posts replies: the socket's own address over HTTP.
  management_url = replace(local.ws_url, "/^ws/", "http")

  # What the page may call, for its Content-Security-Policy: origins, so without the path.
  connect_src = join(" ", [for url in [local.api_url, local.ws_url] : regex("^[a-z]+://[^/]+", url)])

  # The page. The emulator has no certificate, so its distribution must not redirect to HTTPS.
  viewer_protocol_policy = local.emulated ? "allow-all" : "redirect-to-https"

  # The emulator serves a distribution at once, and the provider looks only after 30 s.
  wait_for_cdn = !local.emulated

  emulator_cdn_host = local.emulated && var.cdn_enabled ? join(":", [
    "${split(".", module.site.distribution_domain)[0]}.cloudfront.localhost",
    regex("[0-9]+$", var.emulator.url),
  ]) : null

  site_origin = (
    var.cdn_enabled
    ? (local.emulated ? "http://${local.emulator_cdn_host}" : "https://${module.site.distribution_domain}")
    : (local.emulated ? var.emulator.url : "https://${module.site.bucket_domain}")
  )

  site_path = (
    var.cdn_enabled
    ? "/"
    : (local.emulated ? "/${module.site.bucket}/index.html" : "/index.html")
  )

  site_url = "${local.site_origin}${local.site_path}"

  # What the function needs besides. The local runtime asks nobody for rights, so the role needs no more than on AWS.
  emulator_environment = local.emulated ? { AWS_ENDPOINT_URL_BEDROCK_RUNTIME = var.emulator.bedrock_url } : {}

  # The worker's queue comes and goes with the worker; the function knows where it would be.
  queue_name = "${var.stack}-jobs"
  queue_url  = "${local.emulated ? var.emulator.url : "https://sqs.${var.region}.${data.aws_partition.current.dns_suffix}"}/${data.aws_caller_identity.current.account_id}/${local.queue_name}"

  # The emulator has budgets, but knows no actions of theirs: it answers CreateBudgetAction with 400.
  budget_actions = !local.emulated

  # Nor saved queries: it answers PutQueryDefinition with an error.
  saved_queries = !local.emulated

  # It keeps alarms, but tells Terraform half of each when asked, so that every plan would change them.
  alarms = !local.emulated

  # It keeps the dashboard, but has no page that shows one.
  dashboard_url = local.emulated ? null : "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${module.watch.dashboard}"
}
