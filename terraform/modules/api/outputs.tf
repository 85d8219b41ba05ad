output "http_id" {
  description = "Id of the HTTP API."
  value       = aws_apigatewayv2_api.http.id
}

output "http_endpoint" {
  description = "AWS's address of the HTTP API, without a trailing slash."
  value       = aws_apigatewayv2_api.http.api_endpoint
}

output "routes" {
  description = "Route keys of the HTTP API, sorted."
  value       = sort(keys(aws_apigatewayv2_route.http))
}

output "websocket_id" {
  description = "Id of the WebSocket API."
  value       = aws_apigatewayv2_api.websocket.id
}

output "websocket_endpoint" {
  description = "AWS's address of the WebSocket API, without the stage."
  value       = aws_apigatewayv2_api.websocket.api_endpoint
}

# The name and not the stage's attribute: the function's environment and role use it, and they come first.
output "websocket_stage" {
  description = "Stage of the WebSocket API."
  value       = local.websocket_stage
}

output "connections_arn" {
  description = "ARN pattern of the open sockets, for posting to them."
  value       = "${aws_apigatewayv2_api.websocket.execution_arn}/${local.websocket_stage}/POST/@connections/*"
}
