# The worker's role: fetch jobs, write replies and heartbeats. It reads nothing of the table.
resource "aws_iam_role" "worker" {
  name               = local.name
  description        = "What a model worker may do."
  assume_role_policy = data.aws_iam_policy_document.worker_trust.json
}

resource "aws_iam_instance_profile" "this" {
  name = local.name
  role = aws_iam_role.worker.name
}

data "aws_iam_policy_document" "worker_trust" {
  statement {
    sid     = "AMachineRunsAsThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "worker" {
  name   = local.name
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.worker.json
}

data "aws_iam_policy_document" "worker" {
  statement {
    sid       = "FetchJobs"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = [var.queue_arn]
  }

  # A guest's conversations lie in the same table under other keys. The second condition refuses a request without a key, which
  # would satisfy the first.
  statement {
    sid       = "WriteTheMailbox"
    actions   = ["dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [var.table_arn]

    condition {
      test     = "ForAllValues:StringLike"
      variable = "dynamodb:LeadingKeys"
      values   = ["MAILBOX#*"]
    }

    condition {
      test     = "Null"
      variable = "dynamodb:LeadingKeys"
      values   = ["false"]
    }
  }

  # A machine whose start failed is gone before anybody can look at it: its log has to outlive it.
  statement {
    sid       = "WriteItsOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${var.log_group_arn}:*"]
  }
}

# The role of the schedule that ends the lease. It reaches only machines with this stack's tag.
resource "aws_iam_role" "end" {
  name               = "${local.name}-end"
  description        = "What the end of a worker's lease may do."
  assume_role_policy = data.aws_iam_policy_document.end_trust.json
}

# Without the condition another account's schedule could name this role.
data "aws_iam_policy_document" "end_trust" {
  statement {
    sid     = "SchedulesOfThisAccountRunAsThisRole"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role_policy" "end" {
  name   = "${local.name}-end"
  role   = aws_iam_role.end.id
  policy = data.aws_iam_policy_document.end.json
}

data "aws_iam_policy_document" "end" {
  statement {
    sid       = "TerminateTheMachine"
    actions   = ["ec2:TerminateInstances"]
    resources = ["arn:${local.partition}:ec2:${local.region}:${local.account}:instance/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Stack"
      values   = [var.name]
    }
  }
}
