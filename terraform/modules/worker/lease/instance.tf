# A second apply leaves the machine alone, whatever has changed meanwhile: it is gone in some hours anyway.
resource "aws_instance" "this" {
  #checkov:skip=CKV_AWS_88:it fetches its jobs and its model itself; a public address at half a cent an hour replaces a NAT gateway at $33 a month
  #checkov:skip=CKV_AWS_126:the free metrics every five minutes are enough for its alarm; a metric a minute bills $2.10 a month

  ami                         = data.aws_ssm_parameter.image.insecure_value
  instance_type               = var.machine.instance_type
  iam_instance_profile        = aws_iam_instance_profile.this.name
  vpc_security_group_ids      = [aws_security_group.this.id]
  associate_public_ip_address = true
  ebs_optimized               = true
  user_data_base64            = local.user_data

  # Its own timer or the worker's end shuts it down, and then it must not remain.
  instance_initiated_shutdown_behavior = "terminate"

  # IMDSv2 alone, and no further than the machine itself.
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type           = "gp3"
    volume_size           = local.disk_gb
    encrypted             = true
    delete_on_termination = true
    tags                  = local.tags
  }

  dynamic "instance_market_options" {
    for_each = var.machine.spot ? [1] : []

    content {
      market_type = "spot"

      spot_options {
        spot_instance_type             = "one-time"
        instance_interruption_behavior = "terminate"
      }
    }
  }

  tags = local.tags

  # Its rights and its network must exist before it starts.
  depends_on = [aws_iam_role_policy.worker, aws_vpc_security_group_egress_rule.https]

  lifecycle {
    ignore_changes = all

    precondition {
      condition     = length(fileset(var.code_dir, "scripts/worker/__main__.py")) == 1
      error_message = "There is no worker in ${var.code_dir}. `make package` puts it there."
    }

    precondition {
      condition     = local.user_data_bytes <= 16384
      error_message = "The machine's user data has ${local.user_data_bytes} bytes, and EC2 takes 16384: the worker's code has grown too large."
    }
  }
}

locals {
  # The system and Python take 4 GB, a model of 7 billion parameters in four bits as many.
  disk_gb = 24
}

# A machine at work uses its processor; one that has been idle for half an hour has failed to end itself.
resource "aws_cloudwatch_metric_alarm" "idle" {
  alarm_name        = local.name
  alarm_description = "The worker's machine has done nothing for half an hour, and is terminated."
  alarm_actions     = ["arn:${local.partition}:automate:${local.region}:ec2:terminate"]

  namespace           = "AWS/EC2"
  metric_name         = "CPUUtilization"
  dimensions          = { InstanceId = aws_instance.this.id }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 6
  comparison_operator = "LessThanThreshold"
  threshold           = 3

  # A machine that is gone has no metric, and needs no end.
  treat_missing_data = "notBreaching"
}

# From outside and at a fixed time, whatever the machine is doing.
resource "aws_scheduler_schedule" "end" {
  #checkov:skip=CKV_AWS_297:its target is an instance's id, and a KMS key costs $1 a month; AWS encrypts it with its own key

  name                         = local.name
  description                  = "Terminates the worker's machine after its lease."
  schedule_expression          = "at(${formatdate("YYYY-MM-DD'T'hh:mm:ss", local.last_end)})"
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:ec2:terminateInstances"
    role_arn = aws_iam_role.end.arn
    input    = jsonencode({ InstanceIds = [aws_instance.this.id] })
  }
}
