# What the function is, and exactly what it may do.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name               = "chat"
  handler_zip        = "./tests/fixtures/handler.zip"
  memory_mb          = 256
  log_retention_days = 14
  environment        = { TABLE_NAME = "chat" }
  table_arn          = "arn:aws:dynamodb:sa-east-1:123456789012:table/chat"
  queue_name         = "chat-jobs"
  connections_arn    = "arn:aws:execute-api:sa-east-1:123456789012:a1b2c3d4e5/live/POST/@connections/*"
  models             = { "mistral.mistral-7b-instruct-v0:2" = null }
}

run "it_runs_the_zip_and_may_do_this_and_nothing_else" {
  command = plan

  module {
    source = "./modules/function"
  }

  # The role may do this and nothing else.
  assert {
    condition = jsonencode({ for statement in data.aws_iam_policy_document.permissions.statement : statement.sid => sort(statement.actions) }) == jsonencode({
      WriteItsOwnLog = ["logs:CreateLogStream", "logs:PutLogEvents"]
      ReadAndWriteTheTable = [
        "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
        "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
      ]
      HandATurnToItself        = ["lambda:InvokeFunction"]
      PostRepliesToOpenSockets = ["execute-api:ManageConnections"]
      SendJobsToTheWorker      = ["sqs:SendMessage"]
      AskTheModel              = ["bedrock:InvokeModelWithResponseStream"]
    })
    error_message = "Actions: ${jsonencode(data.aws_iam_policy_document.permissions.statement)}"
  }

  assert {
    condition = jsonencode({ for statement in data.aws_iam_policy_document.permissions.statement : statement.sid => sort(statement.resources) }) == jsonencode({
      WriteItsOwnLog = ["arn:aws:logs:sa-east-1:123456789012:log-group:/aws/lambda/chat:*"]
      ReadAndWriteTheTable = [
        "arn:aws:dynamodb:sa-east-1:123456789012:table/chat",
        "arn:aws:dynamodb:sa-east-1:123456789012:table/chat/index/by_activity",
      ]
      HandATurnToItself        = ["arn:aws:lambda:sa-east-1:123456789012:function:chat"]
      PostRepliesToOpenSockets = ["arn:aws:execute-api:sa-east-1:123456789012:a1b2c3d4e5/live/POST/@connections/*"]
      SendJobsToTheWorker      = ["arn:aws:sqs:sa-east-1:123456789012:chat-jobs"]
      AskTheModel              = ["arn:aws:bedrock:sa-east-1::foundation-model/mistral.mistral-7b-instruct-v0:2"]
    })
    error_message = "Resources: ${jsonencode(data.aws_iam_policy_document.permissions.statement)}"
  }

  assert {
    condition     = aws_iam_role.this.force_detach_policies
    error_message = "A budget action's policy would block destroy."
  }

  # The denial takes the model and nothing else.
  assert {
    condition = jsonencode([
      for one in data.aws_iam_policy_document.deny_model.statement : [one.effect, sort(one.actions), one.resources]
    ]) == jsonencode([["Deny", ["bedrock:Converse*", "bedrock:InvokeModel*"], ["*"]]])
    error_message = "Statements: ${jsonencode(data.aws_iam_policy_document.deny_model.statement)}"
  }

  assert {
    condition     = aws_iam_policy.deny_model.name == "chat-deny-model"
    error_message = "Two stacks of one account would share ${aws_iam_policy.deny_model.name}."
  }

  # The function runs the zip.
  assert {
    condition = {
      runtime       = aws_lambda_function.this.runtime
      architectures = aws_lambda_function.this.architectures
      handler       = aws_lambda_function.this.handler
      timeout       = aws_lambda_function.this.timeout
      hash          = aws_lambda_function.this.source_code_hash
      } == {
      runtime       = "python3.13"
      architectures = tolist(["arm64"])
      handler       = "handler.app.handler"
      timeout       = 300
      hash          = filebase64sha256("./tests/fixtures/handler.zip")
    }
    error_message = "The function is not the one that the zip needs."
  }

  assert {
    condition = (
      aws_lambda_function_event_invoke_config.this.maximum_retry_attempts == 0
      && aws_lambda_function_event_invoke_config.this.maximum_event_age_in_seconds == 60
    )
    error_message = "A failed turn would be paid twice."
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].log_group == aws_cloudwatch_log_group.this.name && aws_cloudwatch_log_group.this.retention_in_days == 14
    error_message = "The function logs where nothing is deleted."
  }
}

run "other_models_and_a_guardrail_add_their_own_arns" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    guardrail_arn = "arn:aws:bedrock:sa-east-1:123456789012:guardrail/g1h2i3j4k5l6"
    models = {
      "amazon.nova-micro-v1:0"          = { id = "us.amazon.nova-micro-v1:0", regions = ["us-east-1", "us-west-2"] }
      "mistral.ministral-3-3b-instruct" = null
    }
  }

  # The guardrail adds one action on itself.
  assert {
    condition = jsonencode([
      for statement in data.aws_iam_policy_document.permissions.statement : [statement.actions, statement.resources]
      if statement.sid == "AskThroughTheGuardrail"
    ]) == jsonencode([[["bedrock:ApplyGuardrail"], ["arn:aws:bedrock:sa-east-1:123456789012:guardrail/g1h2i3j4k5l6"]]])
    error_message = "Statements: ${jsonencode(data.aws_iam_policy_document.permissions.statement)}"
  }

  # A model behind a profile takes its own ARN and each region's.
  assert {
    condition = jsonencode(sort(local.model_arns)) == jsonencode([
      "arn:aws:bedrock:sa-east-1:123456789012:inference-profile/us.amazon.nova-micro-v1:0",
      "arn:aws:bedrock:sa-east-1::foundation-model/mistral.ministral-3-3b-instruct",
      "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0",
      "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-micro-v1:0",
    ])
    error_message = jsonencode(local.model_arns)
  }
}

run "without_a_zip_it_says_how_to_get_one" {
  command         = plan
  expect_failures = [aws_lambda_function.this]

  module {
    source = "./modules/function"
  }

  variables {
    handler_zip = "./tests/fixtures/absent.zip"
  }
}
