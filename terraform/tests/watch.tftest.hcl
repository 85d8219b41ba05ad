# The budget of the account, and what it may do when its limit is reached.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name            = "chat"
  limit_usd       = 5
  role_name       = "chat"
  role_arn        = "arn:aws:iam::123456789012:role/chat"
  deny_policy_arn = "arn:aws:iam::123456789012:policy/chat-deny-model"
  budget_actions  = true

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

run "budget_takes_the_model_from_the_function" {
  command = plan

  module {
    source = "./modules/watch"
  }

  # It counts what credits pay.
  assert {
    condition = (
      [aws_budgets_budget.this.budget_type, aws_budgets_budget.this.time_unit] == ["COST", "MONTHLY"]
      && "${aws_budgets_budget.this.limit_amount} ${aws_budgets_budget.this.limit_unit}" == "5.00 USD"
    )
    error_message = "Limit: ${aws_budgets_budget.this.limit_amount}"
  }

  assert {
    condition = jsonencode([for name, included in aws_budgets_budget.this.cost_types[0] : name if included == false]) == jsonencode([
      "include_credit", "include_recurring", "include_refund", "include_support", "include_upfront",
    ])
    error_message = "Cost types: ${jsonencode(aws_budgets_budget.this.cost_types)}"
  }

  assert {
    condition     = length(aws_budgets_budget.this.cost_filter) == 0
    error_message = "Something that the stack spends may be filtered out."
  }

  # Without an address nobody is written to, and the action has its reader.
  assert {
    condition     = length(aws_budgets_budget.this.notification) == 0
    error_message = "Notifications without a reader."
  }

  assert {
    condition     = [for one in aws_budgets_budget_action.this[0].subscriber : "${one.subscription_type} ${one.address}"] == ["SNS arn:aws:sns:sa-east-1:123456789012:chat-alarms"]
    error_message = jsonencode(aws_budgets_budget_action.this[0].subscriber)
  }

  # The action takes the model from the function by itself.
  assert {
    condition = {
      type      = aws_budgets_budget_action.this[0].action_type
      approval  = aws_budgets_budget_action.this[0].approval_model
      when      = aws_budgets_budget_action.this[0].notification_type
      threshold = aws_budgets_budget_action.this[0].action_threshold[0].action_threshold_value
      unit      = aws_budgets_budget_action.this[0].action_threshold[0].action_threshold_type
      policy    = aws_budgets_budget_action.this[0].definition[0].iam_action_definition[0].policy_arn
      roles     = join(",", aws_budgets_budget_action.this[0].definition[0].iam_action_definition[0].roles)
      } == {
      type      = "APPLY_IAM_POLICY"
      approval  = "AUTOMATIC"
      when      = "ACTUAL"
      threshold = 100
      unit      = "PERCENTAGE"
      policy    = "arn:aws:iam::123456789012:policy/chat-deny-model"
      roles     = "chat"
    }
    error_message = jsonencode(aws_budgets_budget_action.this)
  }

  # The budget's role may attach this policy to this role and nothing else.
  assert {
    condition = jsonencode([
      for one in data.aws_iam_policy_document.permissions.statement : [
        sort(one.actions), one.resources, [for c in one.condition : [c.test, c.variable, c.values]],
      ]
      ]) == jsonencode([[
        ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
        ["arn:aws:iam::123456789012:role/chat"],
        [["ArnEquals", "iam:PolicyARN", ["arn:aws:iam::123456789012:policy/chat-deny-model"]]],
    ]])
    error_message = jsonencode(data.aws_iam_policy_document.permissions.statement)
  }

  assert {
    condition = jsonencode([
      for one in data.aws_iam_policy_document.trust.statement : [
        one.actions, [for p in one.principals : p.identifiers], sort([for c in one.condition : "${c.test} ${c.variable} ${join(",", c.values)}"]),
      ]
      ]) == jsonencode([[
        ["sts:AssumeRole"],
        [["budgets.amazonaws.com"]],
        ["ArnLike aws:SourceArn arn:aws:budgets::123456789012:budget/*", "StringEquals aws:SourceAccount 123456789012"],
    ]])
    error_message = jsonencode(data.aws_iam_policy_document.trust.statement)
  }
}

run "an_address_is_written_to_at_every_threshold" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    alert_email = "ana@example.com"
  }

  assert {
    condition = toset([
      for one in aws_budgets_budget.this.notification :
      "${one.notification_type} ${one.comparison_operator} ${one.threshold} ${one.threshold_type} ${join(",", one.subscriber_email_addresses)}"
      ]) == toset([
      "ACTUAL GREATER_THAN 50 PERCENTAGE ana@example.com",
      "ACTUAL GREATER_THAN 80 PERCENTAGE ana@example.com",
      "ACTUAL GREATER_THAN 100 PERCENTAGE ana@example.com",
      "FORECASTED GREATER_THAN 100 PERCENTAGE ana@example.com",
    ])
    error_message = jsonencode(aws_budgets_budget.this.notification)
  }

  assert {
    condition     = [for one in aws_budgets_budget_action.this[0].subscriber : "${one.subscription_type} ${one.address}"] == ["EMAIL ana@example.com"]
    error_message = jsonencode(aws_budgets_budget_action.this[0].subscriber)
  }
}

run "where_there_are_no_actions_the_budget_stays" {
  command = plan

  module {
    source = "./modules/watch"
  }

  variables {
    budget_actions = false
  }

  assert {
    condition     = length(aws_budgets_budget_action.this) == 0 && aws_budgets_budget.this.name == "chat"
    error_message = "There is an action, or no budget."
  }
}
