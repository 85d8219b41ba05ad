output "budget_name" {
  description = "Name of the budget."
  value       = aws_budgets_budget.this.name
}

output "limit_usd" {
  description = "What the account may cost in a calendar month, in US dollars."
  value       = tonumber(aws_budgets_budget.this.limit_amount)
}

output "action_id" {
  description = "Id of the budget's action, null without one."
  value       = one(aws_budgets_budget_action.this[*].action_id)
}

output "dashboard" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "alarms" {
  description = "Names of the alarms, sorted."
  value       = sort(concat([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name], aws_cloudwatch_metric_alarm.lease[*].alarm_name))
}

output "queries" {
  description = "Names of the saved queries, sorted."
  value       = sort([for query in aws_cloudwatch_query_definition.this : query.name])
}

output "topic_arn" {
  description = "ARN of the topic that alarms are told to."
  value       = aws_sns_topic.this.arn
}
