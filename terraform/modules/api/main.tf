# Two APIs, one function: http.tf for everything that is asked, websocket.tf for the reply as it is written.

locals {
  # For all callers together, in requests a second. They are what bounds the bill of a flood (docs/costs.md has the
  # arithmetic): AWS counts a stage's default for each of its routes, so every route counts, also the one for what
  # does not exist. What a few people do in one go comes out of the burst, which a flood empties once.
  throttle = {
    http = { rate = 1, burst = 50 }
    # Half of that: a socket is billed by the minute for the two hours that it may last, so opening one is the dearest
    # thing that a stranger can do. No settings for $connect alone: the emulator takes their update for a deletion.
    websocket = { rate = 0.5, burst = 50 }
  }
}

resource "aws_lambda_permission" "this" {
  for_each = {
    Http      = "${aws_apigatewayv2_api.http.execution_arn}/${aws_apigatewayv2_stage.http.name}/*"
    WebSocket = "${aws_apigatewayv2_api.websocket.execution_arn}/${aws_apigatewayv2_stage.websocket.name}/*"
  }

  statement_id  = "${each.key}ApiInvokesTheFunction"
  action        = "lambda:InvokeFunction"
  function_name = var.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = each.value
}
