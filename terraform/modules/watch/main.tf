# What AWS itself sees of the cost. It lags 8 to 12 hours behind, so it is the last resort and never the guard: the
# function counts its own tokens and stops long before (MONTHLY_LIMIT_USD, DAILY_LIMIT_USD).

locals {
  # Percent of the limit, by what is compared with it. At 100 % ACTUAL the action below follows.
  thresholds = [
    { type = "ACTUAL", percent = 50 },
    { type = "ACTUAL", percent = 80 },
    { type = "ACTUAL", percent = 100 },
    { type = "FORECASTED", percent = 100 },
  ]
}

# The whole account, without a filter. By tag it would not see the model, whose use carries none. By service it would be
# a list that fails silently when it ages: models sold through the Marketplace are billed under names of their own, and
# a flood spends on API Gateway and Lambda. This way it may fire for what else the account holds, but never misses.
resource "aws_budgets_budget" "this" {
  name         = var.name
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = format("%.2f", var.limit_usd)
  limit_unit   = "USD"

  # Usage and its tax, which is all that a stack can cause. Credits and refunds would hide it: an account that lives on
  # credits costs 0 until they are gone. Support plans and reserved capacity are fees that no chat causes, and one of them
  # alone may be more than the limit. Subscriptions stay: models from the Marketplace may be billed as such.
  cost_types {
    include_credit    = false
    include_refund    = false
    include_support   = false
    include_upfront   = false
    include_recurring = false
  }

  # A budget takes no notification without a reader, so without an address it has none.
  dynamic "notification" {
    for_each = var.alert_email == null ? [] : local.thresholds

    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.value.type
      threshold                  = notification.value.percent
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = [var.alert_email]
    }
  }
}
