# The last resort: attached to the function's role, this policy takes the model away and leaves everything else, so that
# people still read what they have. Terraform never attaches it; a budget action does, or a person by hand.

resource "aws_iam_policy" "deny_model" {
  name        = "${var.name}-deny-model"
  description = "Denies the model to the chat's function while it is attached to its role."
  policy      = data.aws_iam_policy_document.deny_model.json
}

data "aws_iam_policy_document" "deny_model" {
  # AWS checks Converse as InvokeModel and ConverseStream as InvokeModelWithResponseStream; Converse* is the emulator's
  # name for the same. Every model, not only today's: a denial that goes with a variable could miss the one that spends.
  statement {
    sid       = "AskNoModel"
    effect    = "Deny"
    actions   = ["bedrock:InvokeModel*", "bedrock:Converse*"]
    resources = ["*"]
  }
}
