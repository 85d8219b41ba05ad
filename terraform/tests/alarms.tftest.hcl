# The alarms, who is told, and the queries that the log is asked. What each alarm does with data is tests/infra/test_alarms.py's.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                  = "chat"
  limit_usd             = 5
  role_name             = "chat"
  role_arn              = "arn:aws:iam::123456789012:role/chat"
  deny_policy_arn       = "arn:aws:iam::123456789012:policy/chat-deny-model"
  budget_actions        = true
  function_name         = "chat"
  alarms                = true
  function_arn          = "arn:aws:lambda:sa-east-1:123456789012:function:chat"
  log_group             = "/aws/lambda/chat"
  memory_mb             = 128
  table_name            = "chat"
  http_id               = "f6g7h8i9j0"
  websocket_id          = "a1b2c3d4e5"
  websocket_stage       = "live"
  model_id              = "mistral.mistral-7b-instruct-v0:2"
  queue                 = "chat-jobs"
  dead_letter_queue     = "chat-jobs-dead"
  daily_limit_usd       = 1
  monthly_limit_usd     = 5
  first_delta_target_ms = 3000
}

run "without_a_worker_there_are_six" {
  command = plan

  module {
    source = "./modules/watch"
  }

  assert {
    condition = jsonencode(output.alarms) == jsonencode([
      "chat-dead-letters", "chat-errors", "chat-failures", "chat-slow", "chat-spend", "chat-throttles",
    ])
    error_message = jsonencode(output.alarms)
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this :
      alarm.alarm_actions == toset([aws_sns_topic.this.arn]) && alarm.ok_actions == alarm.alarm_actions && alarm.treat_missing_data == "notBreaching"
    ])
    error_message = "An alarm tells nobody that it began or ended, or takes silence for trouble."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.owner) == 0
    error_message = "Somebody is told whom nobody named."
  }

  assert {
    condition     = keys(aws_cloudwatch_query_definition.this) == ["cost-by-guest", "errors", "failures-by-code", "guests-by-day", "memory", "slow-turns"]
    error_message = jsonencode(keys(aws_cloudwatch_query_definition.this))
  }
}

run "a_worker_has_an_alarm_on_its_lease" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    worker = { instance_id = "i-0123456789abcdef0", lease_hours = 2 }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.lease[0].dimensions == tomap({ InstanceId = "i-0123456789abcdef0" })
    error_message = jsonencode(aws_cloudwatch_metric_alarm.lease[0].dimensions)
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) <= 10
    error_message = "AWS gives ten alarms for nothing."
  }
}

# CloudWatch refuses to look back more than a day by minutes, and more than a week by hours.

# CloudWatch refuses to look back more than a day by minutes, and more than a week by hours.
run "a_lease_of_a_day_is_watched_by_minutes" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    alert_email   = "ana@example.com"
    saved_queries = false
    worker        = { instance_id = "i-0123456789abcdef0", lease_hours = 23 }
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.lease[0].period * aws_cloudwatch_metric_alarm.lease[0].evaluation_periods <= 86400
      && aws_cloudwatch_metric_alarm.lease[0].period == 300
    )
    error_message = jsonencode(aws_cloudwatch_metric_alarm.lease[0].evaluation_periods)
  }

  # An address is told of alarms.
  assert {
    condition = (
      [for one in aws_sns_topic_subscription.owner : "${one.protocol} ${one.endpoint} ${one.topic_arn}"]
      == ["email ana@example.com ${aws_sns_topic.this.arn}"]
    )
    error_message = jsonencode(aws_sns_topic_subscription.owner)
  }

  # Where queries cannot be saved, none are.
  assert {
    condition     = length(aws_cloudwatch_query_definition.this) == 0
    error_message = "A query would be saved."
  }
}

run "a_longer_lease_is_watched_by_hours" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    worker = { instance_id = "i-0123456789abcdef0", lease_hours = 166 }
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.lease[0].period * aws_cloudwatch_metric_alarm.lease[0].evaluation_periods == 604800
      && aws_cloudwatch_metric_alarm.lease[0].period == 3600
    )
    error_message = jsonencode(aws_cloudwatch_metric_alarm.lease[0].evaluation_periods)
  }
}

run "a_lease_longer_than_cloudwatch_looks_back_is_refused" {
  command         = plan
  expect_failures = [var.worker]

  module {
    source = "./modules/watch"
  }

  variables {
    worker = { instance_id = "i-0123456789abcdef0", lease_hours = 167 }
  }
}
