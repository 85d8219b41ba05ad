# Whether the model would answer, asked while nobody does. The function looks at its switch first: while the model is off, a probe is one
# read of the table. A schedule of EventBridge's default bus costs nothing, its 4,380 short calls of the function a month do.

resource "aws_cloudwatch_event_rule" "probe" {
  name                = "${var.name}-probe"
  description         = "Has the function look whether its model would answer."
  schedule_expression = "rate(10 minutes)"
}

resource "aws_cloudwatch_event_target" "probe" {
  rule  = aws_cloudwatch_event_rule.probe.name
  arn   = var.function_arn
  input = jsonencode({ probe = true })
}

resource "aws_lambda_permission" "probe" {
  statement_id  = "Probe"
  action        = "lambda:InvokeFunction"
  function_name = var.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.probe.arn
}
