# The kill switch: at 100 % of what the account may cost, AWS attaches the denial to the function's role. `make llm-allow`
# takes it off again (docs/alarms.md#when-the-budgets-kill-switch-has-fired).

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
}

resource "aws_budgets_budget_action" "this" {
  count = var.budget_actions ? 1 : 0

  budget_name        = aws_budgets_budget.this.name
  action_type        = "APPLY_IAM_POLICY"
  approval_model     = "AUTOMATIC"
  notification_type  = "ACTUAL"
  execution_role_arn = aws_iam_role.budget.arn

  action_threshold {
    action_threshold_type  = "PERCENTAGE"
    action_threshold_value = 100
  }

  definition {
    iam_action_definition {
      policy_arn = var.deny_policy_arn
      roles      = [var.role_name]
    }
  }

  # An action takes at least one reader, also where nobody gave an address. With one, Budgets writes by itself, without a
  # subscription that has to be confirmed first.
  subscriber {
    subscription_type = var.alert_email == null ? "SNS" : "EMAIL"
    address           = var.alert_email == null ? aws_sns_topic.this.arn : var.alert_email
  }

  depends_on = [aws_iam_role_policy.budget, aws_sns_topic_policy.this]
}

resource "aws_iam_role" "budget" {
  name               = "${var.name}-budget"
  description        = "What the budget may do when its limit is reached."
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

# Only on behalf of this account: without the conditions somebody else's budget could name this role.
data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "BudgetsOfThisAccountRunAsThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:budgets::${local.account}:budget/*"]
    }
  }
}

resource "aws_iam_role_policy" "budget" {
  name   = "${var.name}-budget"
  role   = aws_iam_role.budget.id
  policy = data.aws_iam_policy_document.permissions.json
}

# This policy on this role: with any other it could give the function rights instead of taking one.
data "aws_iam_policy_document" "permissions" {
  statement {
    sid       = "AttachAndDetachTheDenial"
    actions   = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
    resources = [var.role_arn]

    condition {
      test     = "ArnEquals"
      variable = "iam:PolicyARN"
      values   = [var.deny_policy_arn]
    }
  }
}
