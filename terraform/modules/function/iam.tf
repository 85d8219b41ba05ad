data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
  account   = data.aws_caller_identity.current.account_id

  # From its name: the function needs its role first, so the role cannot ask the function for its ARN.
  function_arn = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name}"

  # Asking through a profile is checked twice: for the profile, and for the model in the region that then answers.
  model_arns = flatten([
    for id, profile in var.models : [
      profile == null ? [] : ["arn:${local.partition}:bedrock:${local.region}:${local.account}:inference-profile/${profile.id}"],
      [for region in try(profile.regions, [local.region]) : "arn:${local.partition}:bedrock:${region}::foundation-model/${id}"],
    ]
  ])
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "What the chat's function may do."
  assume_role_policy = data.aws_iam_policy_document.trust.json

  # A budget action attaches a policy that this state does not know; without this, destroy stops with DeleteConflict.
  force_detach_policies = true

  # So that the role goes first: a policy that is still attached cannot be deleted.
  depends_on = [aws_iam_policy.deny_model]
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "LambdaRunsAsThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = var.name
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.permissions.json
}

data "aws_iam_policy_document" "permissions" {
  # No CreateLogGroup: a late log line would bring the group back after destroy.
  statement {
    sid       = "WriteItsOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  # No Scan: everything is found by its key. A transaction is checked as the operations that it holds; one with a
  # ConditionCheck would need dynamodb:ConditionCheckItem besides.
  statement {
    sid = "ReadAndWriteTheTable"
    actions = [
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
      "dynamodb:BatchWriteItem",
    ]
    resources = [var.table_arn, "${var.table_arn}/index/by_activity"]
  }

  statement {
    sid       = "HandATurnToItself"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.function_arn]
  }

  statement {
    sid       = "PostRepliesToOpenSockets"
    actions   = ["execute-api:ManageConnections"]
    resources = [var.connections_arn]
  }

  # To hand a turn to a worker is all: the function can neither start an instance nor read what others were asked.
  statement {
    sid       = "SendJobsToTheWorker"
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${local.region}:${local.account}:${var.queue_name}"]
  }

  # What ConverseStream is checked as. Not InvokeModel: the model is never asked for a reply in one piece.
  statement {
    sid       = "AskTheModel"
    actions   = ["bedrock:InvokeModelWithResponseStream"]
    resources = local.model_arns
  }

  # The model is then asked through the guardrail, which is checked as an action of its own.
  dynamic "statement" {
    for_each = var.guardrail_arn[*]

    content {
      sid       = "AskThroughTheGuardrail"
      actions   = ["bedrock:ApplyGuardrail"]
      resources = [statement.value]
    }
  }
}
