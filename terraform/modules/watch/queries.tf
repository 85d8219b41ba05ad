# Questions to the log, saved in CloudWatch Logs Insights under <stack>/. Fields are those of the function's lines (handler/telemetry/log.py) and of
# Lambda's own report.

locals {
  queries = {
    slow-turns = <<-EOT
      fields @timestamp, ms, first_delta_ms, backend, model, input_tokens, output_tokens, outcome, request_id
      | filter event = "turn"
      | sort ms desc
      | limit 20
    EOT

    failures-by-code = <<-EOT
      filter event = "turn" and ispresent(code)
      | stats count(*) as turns by code
      | sort turns desc
    EOT

    errors = <<-EOT
      fields @timestamp, event, request_id, error
      | filter ispresent(error)
      | sort @timestamp desc
      | limit 20
    EOT

    cost-by-guest = <<-EOT
      filter event = "turn"
      | stats sum(cost_usd) as usd, count(*) as turns by guest_id
      | sort usd desc
    EOT

    guests-by-day = <<-EOT
      filter event = "turn"
      | stats count_distinct(guest_id) as guests by bin(1d)
    EOT

    memory = <<-EOT
      filter type = "platform.report"
      | stats max(record.metrics.maxMemoryUsedMB) as most_mb, avg(record.metrics.maxMemoryUsedMB) as mean_mb, max(record.metrics.initDurationMs) as start_up_ms, count(*) as invocations by bin(1h)
    EOT
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = var.saved_queries ? local.queries : {}

  name            = "${var.name}/${each.key}"
  log_group_names = [var.log_group]
  query_string    = each.value
}
