# Who may call, which way, how often.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                = "chat"
  function_name       = "chat"
  function_invoke_arn = "arn:aws:apigateway:sa-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:sa-east-1:123456789012:function:chat/invocations"
  site_origin         = "https://d111111abcdef8.cloudfront.net"
}

run "who_may_call_which_way_how_often" {
  command = plan

  module {
    source = "./modules/api"
  }

  # The HTTP API answers the page alone.
  assert {
    condition = {
      origins = aws_apigatewayv2_api.http.cors_configuration[0].allow_origins
      methods = aws_apigatewayv2_api.http.cors_configuration[0].allow_methods
      headers = aws_apigatewayv2_api.http.cors_configuration[0].allow_headers
      } == {
      origins = toset(["https://d111111abcdef8.cloudfront.net"])
      methods = toset(["GET", "POST", "PATCH", "DELETE"])
      headers = toset(["authorization", "content-type"])
    }
    error_message = "CORS: ${jsonencode(aws_apigatewayv2_api.http.cors_configuration)}"
  }

  assert {
    condition = output.routes == sort([
      "GET /health",
      "GET /me",
      "GET /conversations",
      "DELETE /conversations",
      "PATCH /conversations/{id}",
      "DELETE /conversations/{id}",
      "GET /conversations/{id}/messages",
      "POST /chat",
      "GET /messages/{id}",
      "POST /messages/{id}/stop",
      "GET /v1/models",
      "POST /v1/chat/completions",
      "$default",
    ])
    error_message = "Routes: ${jsonencode(output.routes)}"
  }

  assert {
    condition     = aws_apigatewayv2_integration.http.payload_format_version == "2.0" && aws_apigatewayv2_stage.http.name == "$default"
    error_message = "The function would get another event, or a path with a stage."
  }

  # The WebSocket API leaves the action to the function.
  assert {
    condition     = toset(keys(aws_apigatewayv2_route.websocket)) == toset(["$connect", "$default"])
    error_message = "Routes: ${jsonencode(keys(aws_apigatewayv2_route.websocket))}"
  }

  assert {
    condition     = aws_apigatewayv2_stage.websocket.name == output.websocket_stage
    error_message = "The stage is not the one that the addresses name."
  }

  assert {
    condition     = output.connections_arn == "arn:aws:execute-api:sa-east-1:123456789012:a1b2c3d4e5/live/POST/@connections/*"
    error_message = output.connections_arn
  }

  # Both have a ceiling and are deployed.
  assert {
    condition = [
      for stage in [aws_apigatewayv2_stage.http, aws_apigatewayv2_stage.websocket] : [
        stage.auto_deploy,
        stage.default_route_settings[0].throttling_rate_limit,
        stage.default_route_settings[0].throttling_burst_limit,
      ]
    ] == [[true, 1, 50], [true, 0.5, 50]]
    error_message = "A stage has no ceiling, or is not deployed."
  }

  assert {
    condition = { for name, permission in aws_lambda_permission.this : name => permission.source_arn } == {
      Http      = "arn:aws:execute-api:sa-east-1:123456789012:a1b2c3d4e5/$default/*"
      WebSocket = "arn:aws:execute-api:sa-east-1:123456789012:a1b2c3d4e5/live/*"
    }
    error_message = "Somebody else may invoke the function, or an API may not."
  }
}
