# Every refusal of a variable.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  handler_zip = "./tests/fixtures/handler.zip"
  site_dir    = "./tests/fixtures/site"
}

run "stack_refuses_capitals" {
  command         = plan
  expect_failures = [var.stack]

  variables {
    stack = "Chat"
  }
}

run "stack_refuses_a_hyphen_at_its_end" {
  command         = plan
  expect_failures = [var.stack]

  variables {
    stack = "chat-"
  }
}

run "stack_refuses_a_name_too_long_for_the_bucket" {
  command         = plan
  expect_failures = [var.stack]

  variables {
    stack = "a2345678901234567890123456789012345678901"
  }
}

run "region_refuses_a_zone" {
  command         = plan
  expect_failures = [var.region]

  variables {
    region = "us-east-1a"
  }
}

run "model_id_refuses_an_inference_profile" {
  command         = plan
  expect_failures = [var.model_id]

  variables {
    model_id = "us.amazon.nova-micro-v1:0"
  }
}

run "persona_refuses_emptiness" {
  command         = plan
  expect_failures = [var.persona]

  variables {
    persona = " "
  }
}

run "max_tokens_refuses_more_than_the_model_writes" {
  command         = plan
  expect_failures = [var.max_tokens]

  variables {
    max_tokens = 4097
  }
}

run "memory_mb_refuses_less_than_lambda_has" {
  command         = plan
  expect_failures = [var.memory_mb]

  variables {
    memory_mb = 64
  }
}

run "log_retention_days_refuses_for_ever" {
  command         = plan
  expect_failures = [var.log_retention_days]

  variables {
    log_retention_days = 0
  }
}

run "first_delta_target_ms_refuses_seconds" {
  command         = plan
  expect_failures = [var.first_delta_target_ms]

  variables {
    first_delta_target_ms = 3
  }
}

run "emulator_refuses_an_address_with_a_trailing_slash" {
  command         = plan
  expect_failures = [var.emulator]

  variables {
    emulator = { url = "http://127.0.0.1:4566/", bedrock_url = "http://127.0.0.1:8091" }
  }
}

run "guardrail_refuses_an_unknown_strength" {
  command         = plan
  expect_failures = [var.guardrail]

  variables {
    guardrail = { strength = "NONE" }
  }
}

run "guardrail_refuses_to_block_without_a_word" {
  command         = plan
  expect_failures = [var.guardrail]

  variables {
    guardrail = { blocked_message = " " }
  }
}
