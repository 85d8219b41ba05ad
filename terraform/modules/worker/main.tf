# Turns on their way to a model of one's own: the function sends them here and a worker fetches them, so that the worker needs
# no open port. The queues exist only while a worker does: the provider takes a minute to make both, and no other deploy should wait.

locals {
  queues = var.queue || var.machine != null ? 1 : 0
}

resource "aws_sqs_queue" "jobs" {
  count = local.queues
  name  = "${var.name}-jobs"

  # Longer than any turn: a job in hand must not be delivered a second time.
  visibility_timeout_seconds = 330

  # A turn waits for a minute. An older job has no reader left, and it holds a guest's words.
  message_retention_seconds = 3600

  # AWS's own key: a KMS key costs $1 a month and each request a little more.
  sqs_managed_sse_enabled = true

  # A job is delivered a second time when its worker died with it, and then becomes a dead letter.
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead[0].arn, maxReceiveCount = 2 })
}

# Jobs that no worker could finish: the owner sees how many there were, and after a day they are gone.
resource "aws_sqs_queue" "dead" {
  count = local.queues
  name  = "${var.name}-jobs-dead"

  message_retention_seconds = 86400
  sqs_managed_sse_enabled   = true
}

# A machine's own account of its start. It is not part of the lease, because it is read when a start has failed and the machine is gone.
resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:the log holds neither message text nor tokens, and a KMS key costs $1 a month; AWS encrypts it with its own key
  #checkov:skip=CKV_AWS_338:the last lines of a machine that is gone within hours; log_retention_days keeps them as long as any other

  name              = "/forever-us/${var.name}-worker"
  retention_in_days = var.log_retention_days
}

# Only while a machine is leased; everything in it goes with it.
module "lease" {
  count  = var.machine == null ? 0 : 1
  source = "./lease"

  name          = var.name
  table_name    = var.table_name
  table_arn     = var.table_arn
  queue_url     = aws_sqs_queue.jobs[0].url
  queue_arn     = aws_sqs_queue.jobs[0].arn
  machine       = var.machine
  model         = var.model
  code_dir      = var.code_dir
  log_group     = aws_cloudwatch_log_group.this.name
  log_group_arn = aws_cloudwatch_log_group.this.arn
}
