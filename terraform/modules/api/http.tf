locals {
  # Each declared by its key, so that API Gateway counts and throttles it by itself; $default answers what does not
  # exist with the same kind of error as everything else. The list is docs/architecture.md's.
  http_routes = toset([
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
}

resource "aws_apigatewayv2_api" "http" {
  name          = "${var.name}-http"
  description   = "Everything that is asked for."
  protocol_type = "HTTP"

  cors_configuration {
    allow_origins = [var.site_origin]
    allow_methods = ["GET", "POST", "PATCH", "DELETE"]
    allow_headers = ["authorization", "content-type"]
    max_age       = 600
  }
}

resource "aws_apigatewayv2_route" "http" {
  #checkov:skip=CKV_AWS_309:the function itself checks the invite's hash; an authorizer would be a second function that is paid for each call

  for_each = local.http_routes

  api_id    = aws_apigatewayv2_api.http.id
  route_key = each.key
  target    = "integrations/${aws_apigatewayv2_integration.http.id}"
}

resource "aws_apigatewayv2_integration" "http" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = var.function_invoke_arn
  payload_format_version = "2.0"

  # The longest that API Gateway waits for an HTTP call. A turn over HTTP ends by itself before, after 25 s.
  timeout_milliseconds = 30000
}

# $default: the API answers at the root of its address, and the function sees paths without a stage.
resource "aws_apigatewayv2_stage" "http" {
  #checkov:skip=CKV_AWS_76:the function logs each request, and CloudWatch bills a second log of the same at $0.50 per GB

  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = local.throttle.http.rate
    throttling_burst_limit = local.throttle.http.burst
  }
}
