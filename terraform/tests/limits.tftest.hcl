# What it may cost: which limits are refused, what the function and the budget are told, and that every model has a price.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  handler_zip = "./tests/fixtures/handler.zip"
  site_dir    = "./tests/fixtures/site"
}

run "monthly_limit_usd_refuses_less_than_a_cent" {
  command         = plan
  expect_failures = [var.monthly_limit_usd]

  variables {
    monthly_limit_usd = 0.009
    daily_limit_usd   = 0.01
  }
}

run "monthly_limit_usd_refuses_less_than_nothing" {
  command         = plan
  expect_failures = [var.monthly_limit_usd]

  variables {
    monthly_limit_usd = -5
  }
}

run "monthly_limit_usd_refuses_a_slip_of_the_keyboard" {
  command         = plan
  expect_failures = [var.monthly_limit_usd]

  variables {
    monthly_limit_usd = 10000.01
  }
}

run "daily_limit_usd_refuses_less_than_a_cent" {
  command         = plan
  expect_failures = [var.daily_limit_usd]

  variables {
    daily_limit_usd = 0.009
  }
}

run "daily_limit_usd_refuses_less_than_nothing" {
  command         = plan
  expect_failures = [var.daily_limit_usd]

  variables {
    daily_limit_usd = -1
  }
}

run "daily_limit_usd_refuses_a_slip_of_the_keyboard" {
  command         = plan
  expect_failures = [var.daily_limit_usd]

  variables {
    daily_limit_usd   = 10000.01
    monthly_limit_usd = 10000
  }
}

run "daily_limit_usd_refuses_more_than_the_month" {
  command         = plan
  expect_failures = [var.daily_limit_usd]

  variables {
    daily_limit_usd = 5.01
  }
}

run "account_limit_usd_refuses_less_than_the_model_may_cost" {
  command         = plan
  expect_failures = [var.account_limit_usd]

  variables {
    account_limit_usd = 4.99
  }
}

run "account_limit_usd_refuses_a_slip_of_the_keyboard" {
  command         = plan
  expect_failures = [var.account_limit_usd]

  variables {
    account_limit_usd = 1000001
  }
}

run "alert_email_refuses_a_name" {
  command         = plan
  expect_failures = [var.alert_email]

  variables {
    alert_email = "ana"
  }
}

run "alert_email_refuses_two_addresses" {
  command         = plan
  expect_failures = [var.alert_email]

  variables {
    alert_email = "ana@example.com bea@example.com"
  }
}

run "limits_take_both_ends" {
  command = plan

  variables {
    daily_limit_usd   = 0.01
    monthly_limit_usd = 10000
  }

  assert {
    condition     = [output.daily_limit_usd, output.monthly_limit_usd] == [0.01, 10000]
    error_message = "Limits: ${output.daily_limit_usd} ${output.monthly_limit_usd}"
  }
}

run "budget_is_the_months_limit_unless_the_account_holds_more" {
  command = plan

  assert {
    condition     = module.watch.limit_usd == 5
    error_message = "The budget is ${module.watch.limit_usd}."
  }
}

run "account_limit_usd_is_the_budgets" {
  command = plan

  variables {
    account_limit_usd = 40
  }

  assert {
    condition     = module.watch.limit_usd == 40
    error_message = "The budget is ${module.watch.limit_usd}."
  }
}

run "a_model_without_a_price_stops_the_plan" {
  command         = plan
  expect_failures = [output.model_id]

  variables {
    model_id = "mistral.ministral-3-8b-instruct"
  }
}

run "a_region_without_a_price_stops_the_plan" {
  command         = plan
  expect_failures = [output.model_id]

  variables {
    region = "eu-west-1"
  }
}

run "a_region_with_a_price_does_not" {
  command = plan

  variables {
    region = "sa-east-1"
  }

  assert {
    condition     = local.priced == "mistral.mistral-7b-instruct-v0:2 (sa-east-1, us-east-1)"
    error_message = local.priced
  }
}
