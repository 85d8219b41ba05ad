# What its owner is told by e-mail, and told again when it is over: six, and a leased worker brings two more. All are among the ten
# alarms that AWS gives for nothing. Each looks at one metric, so that it says what it compares; docs/alarms.md has a section on each.

locals {
  alarms = {
    failures = {
      says = "More than 5 % of the replies of 5 minutes failed."
      of   = [local.namespace, "Failed", { Stack = var.name }], stat = "Average", period = 300, above = 0.05
    }
    slow = {
      says = "One first word in 20 took longer than ${var.first_delta_target_ms} ms within 15 minutes."
      of   = [local.namespace, "FirstDelta", { Stack = var.name }], stat = "p95", period = 900, above = var.first_delta_target_ms
    }
    # A day back from now: to look at the UTC day, as the function does, an alarm would need a window that this provider does not know.
    spend = {
      says = "The model cost more than 80 % of daily_limit_usd within 24 hours."
      of   = [local.namespace, "Cost", { Stack = var.name }], stat = "Sum", period = 86400, above = 0.8 * var.daily_limit_usd
    }
    errors = {
      says = "The function ended with an error, which it never should."
      of   = ["AWS/Lambda", "Errors", { FunctionName = var.function_name }], stat = "Sum", period = 300, above = 0
    }
    throttles = {
      says = "Lambda refused to run the function: too many at once."
      of   = ["AWS/Lambda", "Throttles", { FunctionName = var.function_name }], stat = "Sum", period = 300, above = 0
    }
    dead-letters = {
      says = "A job was given up by the model worker."
      of   = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName = var.dead_letter_queue }], stat = "Maximum", period = 300, above = 0
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms ? local.alarms : {}

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "${each.value.says} What to do: docs/alarms.md#alarm-${each.key}"

  namespace   = each.value.of[0]
  metric_name = each.value.of[1]
  dimensions  = each.value.of[2]

  statistic          = startswith(each.value.stat, "p") ? null : each.value.stat
  extended_statistic = startswith(each.value.stat, "p") ? each.value.stat : null

  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = each.value.period
  evaluation_periods  = 1

  # Nobody asked, so nothing failed.
  treat_missing_data = "notBreaching"

  alarm_actions = [aws_sns_topic.this.arn]
  ok_actions    = [aws_sns_topic.this.arn]
}
