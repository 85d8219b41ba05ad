# The whole stack: what it is called and where it is found, on AWS and under the emulator.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

override_resource {
  target          = module.api.aws_apigatewayv2_api.http
  override_during = plan
  values = {
    id            = "f6g7h8i9j0"
    api_endpoint  = "https://f6g7h8i9j0.execute-api.sa-east-1.amazonaws.com"
    execution_arn = "arn:aws:execute-api:sa-east-1:123456789012:f6g7h8i9j0"
  }
}

variables {
  stack       = "chat"
  region      = "sa-east-1"
  handler_zip = "./tests/fixtures/handler.zip"
  site_dir    = "./tests/fixtures/site"
}

run "aws_has_the_page_on_cloudfront" {
  command = plan

  assert {
    condition = {
      site_url       = output.site_url
      site_origin    = output.site_origin
      api_url        = output.api_url
      ws_url         = output.ws_url
      management_url = output.management_url
      } == {
      site_url       = "https://d111111abcdef8.cloudfront.net/"
      site_origin    = "https://d111111abcdef8.cloudfront.net"
      api_url        = "https://f6g7h8i9j0.execute-api.sa-east-1.amazonaws.com"
      ws_url         = "wss://a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com/live"
      management_url = "https://a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com/live"
    }
    error_message = "Addresses: ${output.site_url} ${output.api_url} ${output.ws_url} ${output.management_url}"
  }

  assert {
    condition = [output.stack, output.table_name, output.function_name, output.log_group, output.site_bucket] == [
      "chat", "chat", "chat", "/aws/lambda/chat", "chat-site-123456789012",
    ]
    error_message = "Not everything is named after the stack."
  }

  assert {
    condition     = output.dashboard_url == "https://sa-east-1.console.aws.amazon.com/cloudwatch/home?region=sa-east-1#dashboards/dashboard/chat"
    error_message = output.dashboard_url
  }
}

run "aws_without_cloudfront_has_the_page_on_s3_over_https" {
  command = plan

  variables {
    cdn_enabled = false
  }

  assert {
    condition     = output.site_url == "https://chat-site-123456789012.s3.sa-east-1.amazonaws.com/index.html"
    error_message = output.site_url
  }

  assert {
    condition     = output.site_origin == "https://chat-site-123456789012.s3.sa-east-1.amazonaws.com"
    error_message = output.site_origin
  }

  assert {
    condition     = output.distribution_id == null
    error_message = "There is a distribution."
  }
}

run "emulator_has_both_apis_under_its_own_address" {
  command = plan

  variables {
    emulator = { url = "http://127.0.0.1:4566", bedrock_url = "http://127.0.0.1:8091" }
  }

  assert {
    condition = {
      site_url       = output.site_url
      site_origin    = output.site_origin
      api_url        = output.api_url
      ws_url         = output.ws_url
      management_url = output.management_url
      } == {
      site_url       = "http://d111111abcdef8.cloudfront.localhost:4566/"
      site_origin    = "http://d111111abcdef8.cloudfront.localhost:4566"
      api_url        = "http://127.0.0.1:4566/_aws/execute-api/f6g7h8i9j0"
      ws_url         = "ws://127.0.0.1:4566/_aws/execute-api/a1b2c3d4e5/live"
      management_url = "http://127.0.0.1:4566/_aws/execute-api/a1b2c3d4e5/live"
    }
    error_message = "Addresses: ${output.site_url} ${output.api_url} ${output.ws_url} ${output.management_url}"
  }

  assert {
    condition     = output.dashboard_url == null && length(module.watch.queries) == 0 && length(output.alarms) == 0
    error_message = "The emulator has no console, keeps no queries and shows Terraform half of each alarm."
  }
}

run "emulator_without_cloudfront_has_the_page_in_the_bucket" {
  command = plan

  variables {
    cdn_enabled = false
    emulator    = { url = "http://127.0.0.1:4566", bedrock_url = "http://127.0.0.1:8091" }
  }

  assert {
    condition     = output.site_url == "http://127.0.0.1:4566/chat-site-123456789012/index.html"
    error_message = output.site_url
  }

  assert {
    condition     = output.site_origin == "http://127.0.0.1:4566"
    error_message = output.site_origin
  }
}

# tests/infra asks the root's variables one by one, without a provider: this is the proof that they are the stack's.
run "the_stack_refuses_what_its_variables_refuse" {
  command = plan

  expect_failures = [
    var.account_limit_usd,
    var.alert_email,
    var.daily_limit_usd,
    var.emulator,
    var.fallback_models,
    var.first_delta_target_ms,
    var.guardrail,
    var.log_retention_days,
    var.max_tokens,
    var.memory_mb,
    var.model_id,
    var.persona,
    var.region,
    var.stack,
    var.worker,
    var.worker_model,
  ]

  variables {
    account_limit_usd     = 4.99
    alert_email           = "ana"
    daily_limit_usd       = 5.01
    emulator              = { url = "http://127.0.0.1:4566/", bedrock_url = "http://127.0.0.1:8091" }
    fallback_models       = ["a.a", "b.b", "c.c", "d.d"]
    first_delta_target_ms = 3
    guardrail             = { strength = "NONE" }
    log_retention_days    = 0
    max_tokens            = 4097
    memory_mb             = 64
    model_id              = "us.amazon.nova-micro-v1:0"
    persona               = " "
    region                = "us-east-1a"
    stack                 = "Chat"
    worker                = { instance_type = "c8g", architecture = "arm64", until = "2030-01-01T12:00:00Z" }
    worker_model          = { url = "http://models.example/a.gguf", sha256 = "3e0039fd0273fcbebb49228943b17831aadd55cbcbf56f0af00499be2040ccf9", name = "a.gguf" }
  }
}
