# Instead of one machine a group of 0 to N, whose size follows the queue: it is empty until somebody waits.

resource "aws_launch_template" "this" {
  #checkov:skip=CKV_AWS_88:as the single machine: a public address replaces a NAT gateway

  count = local.is_group ? 1 : 0

  name          = local.name
  image_id      = data.aws_ssm_parameter.image.insecure_value
  instance_type = var.machine.instance_type
  ebs_optimized = true
  user_data     = local.user_data

  instance_initiated_shutdown_behavior = "terminate"
  update_default_version               = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  network_interfaces {
    associate_public_ip_address = true
    security_groups             = [aws_security_group.this.id]
  }

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = local.disk_gb
      encrypted             = true
      delete_on_termination = true
    }
  }

  dynamic "instance_market_options" {
    for_each = var.machine.spot ? [1] : []

    content {
      market_type = "spot"
    }
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.value
      tags          = local.tags
    }
  }
}

# Not every zone has every kind of machine.
data "aws_ec2_instance_type_offerings" "zones" {
  count = local.is_group ? 1 : 0

  location_type = "availability-zone"

  filter {
    name   = "instance-type"
    values = [var.machine.instance_type]
  }
}

resource "aws_autoscaling_group" "this" {
  count = local.is_group ? 1 : 0

  name               = local.name
  min_size           = 0
  max_size           = var.machine.max
  availability_zones = data.aws_ec2_instance_type_offerings.zones[0].locations

  launch_template {
    id      = aws_launch_template.this[0].id
    version = "$Default"
  }

  dynamic "tag" {
    for_each = local.tags

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  lifecycle {
    # Its alarms decide, and the schedule at the end.
    ignore_changes = [desired_capacity]
  }

  depends_on = [aws_iam_role_policy.worker, aws_vpc_security_group_egress_rule.https]
}

locals {
  # Grown as long as somebody waits: the oldest job is older than a machine that is free would let it be. Emptied when nobody
  # has asked for 20 minutes, as a single machine ends itself.
  steps = local.is_group ? {
    grow  = { metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", above = true, threshold = 5, minutes = 1, capacity = 1, type = "ChangeInCapacity" }
    empty = { metric = "NumberOfMessagesSent", statistic = "Sum", above = false, threshold = 1, minutes = 20, capacity = 0, type = "ExactCapacity" }
  } : {}
}

resource "aws_autoscaling_policy" "this" {
  for_each = local.steps

  name                   = "${local.name}-${each.key}"
  autoscaling_group_name = aws_autoscaling_group.this[0].name
  adjustment_type        = each.value.type
  scaling_adjustment     = each.value.capacity

  # A machine needs so long to boot and to load: before, the queue cannot tell whether one was enough.
  cooldown = 300
}

resource "aws_cloudwatch_metric_alarm" "queue" {
  for_each = local.steps

  alarm_name        = "${local.name}-${each.key}"
  alarm_description = "Sizes the group of workers by the queue of their jobs."
  alarm_actions     = [aws_autoscaling_policy.this[each.key].arn]

  namespace           = "AWS/SQS"
  metric_name         = each.value.metric
  dimensions          = { QueueName = element(split(":", var.queue_arn), 5) }
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = each.value.minutes
  comparison_operator = each.value.above ? "GreaterThanOrEqualToThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold

  # A queue that nobody has used for hours reports nothing: nobody waits, and nobody asks.
  treat_missing_data = each.value.above ? "notBreaching" : "breaching"
}

# After the lease the group is empty and stays so, whatever its queue says.
resource "aws_scheduler_schedule" "group_end" {
  #checkov:skip=CKV_AWS_297:its target is a group's name, and a KMS key costs $1 a month; AWS encrypts it with its own key

  count = local.is_group ? 1 : 0

  name                         = local.name
  description                  = "Empties the group of workers after its lease."
  schedule_expression          = "at(${formatdate("YYYY-MM-DD'T'hh:mm:ss", local.last_end)})"
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:autoscaling:updateAutoScalingGroup"
    role_arn = aws_iam_role.end.arn
    input    = jsonencode({ AutoScalingGroupName = local.name, MinSize = 0, MaxSize = 0, DesiredCapacity = 0 })
  }
}
