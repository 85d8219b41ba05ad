# The table is docs/architecture.md's.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "table_has_the_schema" {
  command = plan

  module {
    source = "./modules/store"
  }

  variables {
    name = "chat"
  }

  assert {
    condition     = [aws_dynamodb_table.this.hash_key, aws_dynamodb_table.this.range_key] == ["pk", "sk"]
    error_message = "The key is not pk and sk."
  }

  assert {
    condition = one([for index in aws_dynamodb_table.this.local_secondary_index : {
      name       = index.name
      range_key  = index.range_key
      projection = index.projection_type
      attributes = toset(index.non_key_attributes)
      }]) == {
      name       = "by_activity"
      range_key  = "updated_at"
      projection = "INCLUDE"
      attributes = toset(["id", "title", "created_at"])
    }
    error_message = "by_activity is not what the conversations' list reads."
  }

  assert {
    condition     = aws_dynamodb_table.this.ttl[0].attribute_name == "ttl" && aws_dynamodb_table.this.ttl[0].enabled
    error_message = "Chunks do not expire."
  }

  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST" && !aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "The table bills while idle, or outlives its stack."
  }
}
