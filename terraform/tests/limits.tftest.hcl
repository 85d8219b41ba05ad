# What it may cost: which limits are refused, and that every model has a price. What the budget is told is provider.tftest.hcl's.

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

run "a_model_without_a_price_stops_the_plan" {
  command         = plan
  expect_failures = [output.model_id]

  variables {
    model_id = "mistral.mixtral-8x7b-instruct-v0:1"
  }
}

run "a_region_without_a_price_stops_the_plan" {
  command         = plan
  expect_failures = [output.model_id]

  variables {
    region = "eu-west-1"
  }
}

run "a_region_with_a_price_does_not_and_has_the_fallbacks_that_are_priced_there" {
  command = plan

  variables {
    region = "sa-east-1"
  }

  assert {
    condition     = length(output.fallback_model_ids) == 0
    error_message = jsonencode(output.fallback_model_ids)
  }
}

run "a_ministral_and_nova_micro_stand_in_by_default" {
  command = plan

  assert {
    condition     = join(" ", output.fallback_model_ids) == "mistral.ministral-3-8b-instruct amazon.nova-micro-v1:0"
    error_message = jsonencode(output.fallback_model_ids)
  }
}

run "the_main_model_is_no_fallback_of_itself" {
  command = plan

  variables {
    model_id = "amazon.nova-micro-v1:0"
  }

  assert {
    condition     = join(" ", output.fallback_model_ids) == "mistral.ministral-3-8b-instruct"
    error_message = jsonencode(output.fallback_model_ids)
  }
}

run "a_fallback_without_a_price_stops_the_plan" {
  command         = plan
  expect_failures = [output.fallback_model_ids]

  variables {
    fallback_models = ["mistral.mixtral-8x7b-instruct-v0:1"]
  }
}

run "more_fallbacks_than_a_turn_should_reserve_for_are_refused" {
  command         = plan
  expect_failures = [var.fallback_models]

  variables {
    fallback_models = ["a.a", "b.b", "c.c", "d.d"]
  }
}
