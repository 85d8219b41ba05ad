# The real provider, without an account: it checks what a mock does not, such as runtimes, names and lengths. The account
# is the only thing that a plan of a new stack asks AWS for.

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

provider "aws" {
  alias                       = "sao_paulo"
  region                      = "sa-east-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.function.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.watch.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.site.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.worker.module.lease[0].data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.worker.module.lease[0].data.aws_ssm_parameter.image
  values = { insecure_value = "ami-0123456789abcdef0" }
}

override_data {
  target = module.worker.module.lease[0].data.aws_vpc.default
  values = { id = "vpc-0123456789abcdef0" }
}

variables {
  worker_dir  = "./tests/fixtures/worker"
  handler_zip = "./tests/fixtures/handler.zip"
  site_dir    = "./tests/fixtures/site"
}

run "defaults_make_a_plan" {
  command = plan

  assert {
    condition     = output.table_name == "forever-us" && output.site_bucket == "forever-us-site-123456789012"
    error_message = "The defaults changed."
  }

  # The budget is the month's limit unless the account holds more.
  assert {
    condition     = module.watch.limit_usd == 5
    error_message = "The budget is ${module.watch.limit_usd}."
  }

  # There is no guardrail unless it is asked for.
  assert {
    condition     = length(module.guardrail) == 0 && local.guardrail_environment == {}
    error_message = "Something is made, or named to the function."
  }
}

run "without_cloudfront_with_a_guardrail_and_an_address_too" {
  command = plan

  variables {
    cdn_enabled       = false
    guardrail         = {}
    alert_email       = "ana@example.com"
    account_limit_usd = 40
  }

  assert {
    condition     = output.distribution_id == null
    error_message = "There is a distribution."
  }

  assert {
    condition     = length(module.guardrail) == 1
    error_message = "There is no guardrail."
  }

  assert {
    condition     = output.budget_name == "forever-us"
    error_message = output.budget_name
  }

  # account_limit_usd is the budget's.
  assert {
    condition     = module.watch.limit_usd == 40
    error_message = "The budget is ${module.watch.limit_usd}."
  }
}

run "with_a_worker_too" {
  command = plan

  variables {
    worker = { instance_type = "c8g.xlarge", architecture = "arm64", until = "2030-01-01T12:00:00Z", hours = 5, spot = true }
  }

  assert {
    condition     = output.worker_log_group == "/forever-us/forever-us-worker"
    error_message = "Nothing is leased."
  }

  # An update of the stack passes them on: the alarm on the lease must not begin to count other hours.
  assert {
    condition     = module.worker.lease.hours == 5 && module.worker.lease.spot
    error_message = jsonencode(module.worker.lease)
  }
}

run "with_a_worker_in_sao_paulo_too" {
  command = plan

  providers = {
    aws = aws.sao_paulo
  }

  variables {
    region = "sa-east-1"
    worker = { instance_type = "c6i.xlarge", architecture = "x86_64", until = "2030-01-01T12:00:00Z" }
  }

  assert {
    condition     = output.region == "sa-east-1" && output.worker_log_group == "/forever-us/forever-us-worker"
    error_message = "Nothing is leased."
  }

  assert {
    condition     = output.region == "sa-east-1" && strcontains(output.function_name, "forever-us")
    error_message = output.region
  }
}
