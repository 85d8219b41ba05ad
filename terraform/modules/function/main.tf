locals {
  # A turn may last minutes: it runs in an asynchronous invocation, which no gateway cuts.
  timeout_seconds = 300
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:X-Ray bills $5 per million traces, and each log line carries its request id
  #checkov:skip=CKV_AWS_115:a new account has 10 concurrent executions in all and lets nobody reserve them; the stages throttle instead
  #checkov:skip=CKV_AWS_116:a failed turn is marked in the table and offered again by the page; nobody would read a queue of them
  #checkov:skip=CKV_AWS_117:it talks to AWS services alone, and from a VPC that takes a NAT gateway at $33 a month
  #checkov:skip=CKV_AWS_173:its environment holds no secret, and a KMS key of its own costs $1 a month; AWS encrypts it with its own key
  #checkov:skip=CKV_AWS_272:who deploys is who builds, on the same machine: a signing profile would vouch for nobody else

  function_name = var.name
  description   = "Answers both APIs, and writes one turn per asynchronous invocation of itself."
  role          = aws_iam_role.this.arn

  filename      = var.handler_zip
  handler       = "handler.app.handler"
  runtime       = "python3.13"
  architectures = ["arm64"]
  memory_size   = var.memory_mb
  timeout       = local.timeout_seconds

  # Null without a zip: destroy works where nothing was built, and everything else meets the precondition below.
  source_code_hash = fileexists(var.handler_zip) ? filebase64sha256(var.handler_zip) : null

  # No reserved concurrency: a new account has 10 in all and lets nobody reserve them.

  environment {
    variables = var.environment
  }

  # JSON and INFO: without them Lambda's own report of memory and start-up time is not among the logs' fields.
  logging_config {
    log_group             = aws_cloudwatch_log_group.this.name
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO"
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.handler_zip)
      error_message = "There is no ${var.handler_zip}. `make package` makes it."
    }
  }

  # The first call may come as soon as the function exists; its rights have to be there before.
  depends_on = [aws_iam_role_policy.this]
}

# A turn that failed is shown as failed and offered again by the page. A retry by Lambda would pay the model twice,
# and a turn that waited for a minute has nobody left who reads it.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

# Made before the function, which would otherwise make it by itself: without a retention, and outside this state, so
# that it would outlive `make destroy`.
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:the log holds neither message text nor tokens, and a KMS key costs $1 a month; AWS encrypts it with its own key

  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}
