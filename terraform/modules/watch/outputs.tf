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
