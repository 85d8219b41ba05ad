# What the guardrail looks at. That there is none unless it is asked for is provider.tftest.hcl's.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  handler_zip = "./tests/fixtures/handler.zip"
  site_dir    = "./tests/fixtures/site"
}

run "asked_for_the_function_is_told_its_version" {
  command = plan

  variables {
    guardrail = {}
  }

  assert {
    condition     = local.guardrail_environment == { GUARDRAIL_ID = "g1h2i3j4k5l6", GUARDRAIL_VERSION = "1" }
    error_message = jsonencode(local.guardrail_environment)
  }
}

run "every_filter_looks_both_ways_but_the_one_for_attacks" {
  command = plan

  module {
    source = "./modules/guardrail"
  }

  variables {
    name            = "chat"
    strength        = "HIGH"
    blocked_message = "Not here."
  }

  assert {
    condition = {
      for filter in aws_bedrock_guardrail.this.content_policy_config[0].filters_config :
      filter.type => "${filter.input_strength} ${filter.output_strength}"
      } == {
      HATE          = "HIGH HIGH"
      INSULTS       = "HIGH HIGH"
      MISCONDUCT    = "HIGH HIGH"
      PROMPT_ATTACK = "HIGH NONE"
      SEXUAL        = "HIGH HIGH"
      VIOLENCE      = "HIGH HIGH"
    }
    error_message = "Filters: ${jsonencode(aws_bedrock_guardrail.this.content_policy_config)}"
  }

  assert {
    condition = [aws_bedrock_guardrail.this.blocked_input_messaging, aws_bedrock_guardrail.this.blocked_outputs_messaging] == [
      "Not here.", "Not here.",
    ]
    error_message = "A guest would read something else."
  }
}
