# Where alarms and the budget's action tell what they have to tell. Without an address nobody reads it, and it costs nothing.

resource "aws_sns_topic" "this" {
  #checkov:skip=CKV_AWS_26:alarms and Budgets cannot publish to a topic under AWS's own key, and a KMS key costs $1 a month; it carries no secret

  name = "${var.name}-alarms"
}

# AWS mails a link that the reader has to open once. Until then nothing else arrives.
resource "aws_sns_topic_subscription" "owner" {
  count = var.alert_email == null ? 0 : 1

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = var.alert_email
}

resource "aws_sns_topic_policy" "this" {
  arn    = aws_sns_topic.this.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsAndBudgetsOfThisAccountPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this.arn]

    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}
