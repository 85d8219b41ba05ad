# A leased machine that all four of its ends have missed. By itself, so that a lease can make it without touching the other alarms.

locals {
  # Seconds in which a worker must have been alive throughout to have outlived its lease. CloudWatch looks back a day at the most by
  # anything shorter than an hour, and a week by hours.
  lease_period = try(var.worker.lease_hours, 0) > 23 ? 3600 : 300
}

resource "aws_cloudwatch_metric_alarm" "lease" {
  count = var.worker == null ? 0 : 1

  alarm_name        = "${var.name}-lease"
  alarm_description = "The worker has run longer than the ${var.worker.lease_hours} hours of its lease. What to do: docs/alarms.md#alarm-lease"

  # Every period has a sample of the machine's health as long as it runs, at no cost. Alive in two periods more than the lease has, it is
  # past its lease for certain, and by two periods at the most.
  namespace   = "AWS/EC2"
  metric_name = "StatusCheckFailed"
  dimensions  = { InstanceId = var.worker.instance_id }

  statistic           = "SampleCount"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = local.lease_period
  evaluation_periods  = var.worker.lease_hours * 3600 / local.lease_period + 2

  # A machine that is gone says nothing.
  treat_missing_data = "notBreaching"

  alarm_actions = [aws_sns_topic.this.arn]
  ok_actions    = [aws_sns_topic.this.arn]
}
