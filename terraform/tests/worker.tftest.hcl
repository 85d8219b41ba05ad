# A model worker: off it is nothing; on it is one machine that nothing reaches and that ends in four ways.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name               = "chat"
  table_name         = "chat"
  queue              = false
  table_arn          = "arn:aws:dynamodb:sa-east-1:123456789012:table/chat"
  queue_url          = "https://sqs.sa-east-1.amazonaws.com/123456789012/chat-jobs"
  queue_arn          = "arn:aws:sqs:sa-east-1:123456789012:chat-jobs"
  code_dir           = "./tests/fixtures/worker"
  log_retention_days = 14
  log_group          = "/forever-us/chat-worker"
  log_group_arn      = "arn:aws:logs:sa-east-1:123456789012:log-group:/forever-us/chat-worker"
  model = {
    url    = "https://models.example/a.gguf"
    sha256 = "3e0039fd0273fcbebb49228943b17831aadd55cbcbf56f0af00499be2040ccf9"
    name   = "a.gguf"
  }
}

run "off_there_is_nothing_but_a_place_for_last_words" {
  command = plan

  module {
    source = "./modules/worker"
  }

  assert {
    condition     = length(module.lease) == 0 && output.lease == null && output.queue_url == null && length(aws_sqs_queue.dead) == 0
    error_message = "Something is there that nobody asked for."
  }

  # It outlives a lease whose start has failed, and costs nothing while it is empty.
  assert {
    condition     = output.log_group == "/forever-us/chat-worker" && aws_cloudwatch_log_group.this.retention_in_days == 14
    error_message = "Nobody would find what a machine says."
  }
}

run "a_worker_elsewhere_has_its_queue" {
  command = plan

  module {
    source = "./modules/worker"
  }

  variables {
    queue = true
  }

  assert {
    condition = {
      visibility = aws_sqs_queue.jobs[0].visibility_timeout_seconds
      kept       = [aws_sqs_queue.jobs[0].message_retention_seconds, aws_sqs_queue.dead[0].message_retention_seconds]
      encrypted  = [aws_sqs_queue.jobs[0].sqs_managed_sse_enabled, aws_sqs_queue.dead[0].sqs_managed_sse_enabled]
      receipts   = jsondecode(aws_sqs_queue.jobs[0].redrive_policy).maxReceiveCount
      names      = [aws_sqs_queue.jobs[0].name, aws_sqs_queue.dead[0].name]
      } == {
      visibility = 330
      kept       = [3600, 86400]
      encrypted  = [true, true]
      receipts   = 2
      names      = ["chat-jobs", "chat-jobs-dead"]
    }
    error_message = "The queue is not the one that function and worker agreed upon."
  }
}

run "on_there_is_one_closed_machine" {
  command = plan

  module {
    source = "./modules/worker/lease"
  }

  variables {
    machine = { instance_type = "c8g.xlarge", architecture = "arm64", until = "2030-01-01T12:00:00Z", spot = false }
  }

  assert {
    condition = {
      kind     = aws_instance.this.instance_type
      image    = [data.aws_ssm_parameter.image.name, aws_instance.this.ami]
      metadata = [aws_instance.this.metadata_options[0].http_tokens, aws_instance.this.metadata_options[0].http_put_response_hop_limit]
      disk     = [aws_instance.this.root_block_device[0].encrypted, aws_instance.this.root_block_device[0].delete_on_termination, aws_instance.this.root_block_device[0].volume_type]
      shutdown = aws_instance.this.instance_initiated_shutdown_behavior
      spot     = length(aws_instance.this.instance_market_options)
      groups   = aws_instance.this.vpc_security_group_ids
      } == {
      kind     = "c8g.xlarge"
      image    = ["/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", "ami-0123456789abcdef0"]
      metadata = ["required", 1]
      disk     = [true, true, "gp3"]
      shutdown = "terminate"
      spot     = 0
      groups   = toset(["sg-0123456789abcdef0"])
    }
    error_message = "The machine: ${jsonencode(aws_instance.this)}"
  }

  assert {
    condition     = aws_instance.this.tags == tomap({ Project = "forever-us", Stack = "chat", Name = "chat-worker" }) && aws_instance.this.root_block_device[0].tags == aws_instance.this.tags
    error_message = "verify-gone would not find the machine or its disk."
  }

  assert {
    condition     = output.instance_id == "i-0123456789abcdef0"
    error_message = "Nobody would find the machine."
  }

  # No ingress rule is declared anywhere (tests/infra/test_worker.py); a new group of a VPC has none by itself.
  assert {
    condition     = [aws_vpc_security_group_egress_rule.https.ip_protocol, aws_vpc_security_group_egress_rule.https.from_port, aws_vpc_security_group_egress_rule.https.to_port] == ["tcp", 443, 443]
    error_message = "More than HTTPS goes out."
  }

  # An alarm ends what does nothing.
  assert {
    condition = {
      does    = aws_cloudwatch_metric_alarm.idle.alarm_actions
      of      = aws_cloudwatch_metric_alarm.idle.dimensions
      what    = "${aws_cloudwatch_metric_alarm.idle.namespace} ${aws_cloudwatch_metric_alarm.idle.metric_name}"
      when    = "${aws_cloudwatch_metric_alarm.idle.comparison_operator} ${aws_cloudwatch_metric_alarm.idle.threshold}"
      minutes = aws_cloudwatch_metric_alarm.idle.period * aws_cloudwatch_metric_alarm.idle.evaluation_periods / 60
      absent  = aws_cloudwatch_metric_alarm.idle.treat_missing_data
      } == {
      does    = toset(["arn:aws:automate:sa-east-1:ec2:terminate"])
      of      = tomap({ InstanceId = "i-0123456789abcdef0" })
      what    = "AWS/EC2 CPUUtilization"
      when    = "LessThanThreshold 3"
      minutes = 30
      absent  = "notBreaching"
    }
    error_message = "The alarm: ${jsonencode(aws_cloudwatch_metric_alarm.idle)}"
  }

  # The worker may do this and nothing else.
  assert {
    condition = jsonencode({ for one in data.aws_iam_policy_document.worker.statement : one.sid => [sort(one.actions), one.resources] }) == jsonencode({
      FetchJobs       = [["sqs:DeleteMessage", "sqs:ReceiveMessage"], ["arn:aws:sqs:sa-east-1:123456789012:chat-jobs"]]
      WriteTheMailbox = [["dynamodb:PutItem", "dynamodb:UpdateItem"], ["arn:aws:dynamodb:sa-east-1:123456789012:table/chat"]]
      WriteItsOwnLog  = [["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:sa-east-1:123456789012:log-group:/forever-us/chat-worker:*"]]
    })
    error_message = "Statements: ${jsonencode(data.aws_iam_policy_document.worker.statement)}"
  }

  assert {
    condition = jsonencode([
      for condition in one([for one in data.aws_iam_policy_document.worker.statement : one.condition if one.sid == "WriteTheMailbox"]) :
      [condition.test, condition.variable, condition.values]
      ]) == jsonencode([
      ["ForAllValues:StringLike", "dynamodb:LeadingKeys", ["MAILBOX#*"]],
      ["Null", "dynamodb:LeadingKeys", ["false"]],
    ])
    error_message = "Conditions: ${jsonencode(data.aws_iam_policy_document.worker.statement)}"
  }
}

run "a_spot_machine_of_the_other_architecture_ends_on_the_next_day" {
  command = plan

  module {
    source = "./modules/worker/lease"
  }

  variables {
    machine = { instance_type = "c7i.xlarge", architecture = "x86_64", until = "2030-01-01T23:55:00Z", spot = true }
  }

  # A schedule ends it after its lease.
  assert {
    condition = {
      when  = [aws_scheduler_schedule.end.schedule_expression, aws_scheduler_schedule.end.schedule_expression_timezone]
      what  = aws_scheduler_schedule.end.target[0].arn
      whom  = jsondecode(aws_scheduler_schedule.end.target[0].input)
      exact = aws_scheduler_schedule.end.flexible_time_window[0].mode
      } == {
      when  = ["at(2030-01-02T00:05:00)", "UTC"]
      what  = "arn:aws:scheduler:::aws-sdk:ec2:terminateInstances"
      whom  = { InstanceIds = ["i-0123456789abcdef0"] }
      exact = "OFF"
    }
    error_message = "The schedule: ${jsonencode(aws_scheduler_schedule.end)}"
  }

  assert {
    condition = jsonencode([for one in data.aws_iam_policy_document.end.statement : [one.actions, one.resources, one.condition[*].variable, one.condition[*].values]]) == jsonencode([
      [["ec2:TerminateInstances"], ["arn:aws:ec2:sa-east-1:123456789012:instance/*"], ["aws:ResourceTag/Stack"], [["chat"]]],
    ])
    error_message = "The schedule's role: ${jsonencode(data.aws_iam_policy_document.end.statement)}"
  }

  # It is told all it needs.
  assert {
    condition     = local.written["/opt/forever-us/settings"] == <<-EOT
      AWS_REGION='sa-east-1'
      IDLE_SECONDS='1200'
      LEASE_UNTIL='2030-01-01T23:55:00Z'
      LOG_GROUP='/forever-us/chat-worker'
      MODEL_NAME='a.gguf'
      MODEL_SHA256='3e0039fd0273fcbebb49228943b17831aadd55cbcbf56f0af00499be2040ccf9'
      MODEL_SOURCE='https://models.example/a.gguf'
      QUEUE_URL='https://sqs.sa-east-1.amazonaws.com/123456789012/chat-jobs'
      TABLE_NAME='chat'
    EOT
    error_message = local.written["/opt/forever-us/settings"]
  }

  assert {
    condition = keys(local.written) == [
      "/etc/systemd/system/forever-us-worker.service",
      "/opt/forever-us/boot.sh",
      "/opt/forever-us/code/scripts/worker/__main__.py",
      "/opt/forever-us/report.sh",
      "/opt/forever-us/requirements.lock",
      "/opt/forever-us/settings",
      "/opt/forever-us/stopped.sh",
    ]
    error_message = jsonencode(keys(local.written))
  }

  assert {
    condition     = startswith(local.cloud_config, "#cloud-config\n") && data.aws_ssm_parameter.image.name == "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    error_message = local.cloud_config
  }

  # Spot is taken back for good.
  assert {
    condition = [
      aws_instance.this.instance_market_options[0].market_type,
      aws_instance.this.instance_market_options[0].spot_options[0].spot_instance_type,
      aws_instance.this.instance_market_options[0].spot_options[0].instance_interruption_behavior,
    ] == ["spot", "one-time", "terminate"]
    error_message = jsonencode(aws_instance.this.instance_market_options)
  }
}

run "without_the_workers_code_it_says_how_to_get_it" {
  command         = plan
  expect_failures = [aws_instance.this]

  module {
    source = "./modules/worker/lease"
  }

  variables {
    machine  = { instance_type = "c8g.xlarge", architecture = "arm64", until = "2030-01-01T12:00:00Z", spot = false }
    code_dir = "./tests/fixtures/absent"
  }
}
