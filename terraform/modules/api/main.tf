# Two APIs, one function: http.tf for everything that is asked, websocket.tf for the reply as it is written.

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
