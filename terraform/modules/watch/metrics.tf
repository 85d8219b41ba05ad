# Memory and start-up are no metrics of Lambda's: its own report of each invocation has them. The function's other metrics come
# with its log lines (handler/telemetry/metrics.py). All together they are ten, which AWS gives for nothing.

locals {
  # The function's own, by its name: it says which stack it is in each line.
  namespace = "ForeverUs"
  ours      = [local.namespace]
  of_stack  = ["Stack", var.name]

  # A filter takes its dimensions from fields of the line, and Lambda's report does not know the stack. So the namespace does.
  report_namespace = "${local.namespace}/${var.name}"

  reports = {
    MemoryUsed = { field = "maxMemoryUsedMB", unit = "Megabytes" }
    StartUp    = { field = "initDurationMs", unit = "Milliseconds" }
  }
}

resource "aws_cloudwatch_log_metric_filter" "report" {
  for_each = local.reports

  name           = "${var.name}-${each.key}"
  log_group_name = var.log_group

  # Only a cold start has an initDurationMs.
  pattern = "{ $.type = \"platform.report\" && $.record.metrics.${each.value.field} = * }"

  metric_transformation {
    namespace = local.report_namespace
    name      = each.key
    value     = "$.record.metrics.${each.value.field}"
    unit      = each.value.unit
  }
}
