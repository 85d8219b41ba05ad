locals {
  # No route per action: the function reads `action` itself, so that an unknown one gets its own error frame.
  websocket_routes = toset(["$connect", "$default"])

  websocket_stage = "live"
}

resource "aws_apigatewayv2_api" "websocket" {
  name                       = "${var.name}-websocket"
  description                = "The reply, as it is written."
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_route" "websocket" {
  #checkov:skip=CKV_AWS_309:a browser can send no header with a socket and a token belongs in no URL, so it comes in the frame, which the function checks

  for_each = local.websocket_routes

  api_id    = aws_apigatewayv2_api.websocket.id
  route_key = each.key
  target    = "integrations/${aws_apigatewayv2_integration.websocket.id}"
}

# Payload format 1.0, the only one there is for sockets. It is cut at 29 s, which no frame comes near: the turn itself
# runs in an asynchronous invocation.
resource "aws_apigatewayv2_integration" "websocket" {
  api_id           = aws_apigatewayv2_api.websocket.id
  integration_type = "AWS_PROXY"
  integration_uri  = var.function_invoke_arn
}

# No access log: it would need a role for the whole account, which another stack may own.
resource "aws_apigatewayv2_stage" "websocket" {
  #checkov:skip=CKV_AWS_76:needs a role for the whole account, which another stack may own; the function logs each frame
  #checkov:skip=CKV2_AWS_51:guests come with a browser and an invite, not with a certificate

  api_id      = aws_apigatewayv2_api.websocket.id
  name        = local.websocket_stage
  auto_deploy = true

  # Both or neither: with one of them API Gateway takes the other as 0 and refuses every frame.
  default_route_settings {
    throttling_rate_limit  = local.throttle.websocket.rate
    throttling_burst_limit = local.throttle.websocket.burst
  }
}
