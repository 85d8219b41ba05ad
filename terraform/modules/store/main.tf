# The keys, the index and the TTL attribute are the schema in docs/architecture.md.
resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_28:bills $0.20 per GB and month for good, and outlives the table for 35 days after a destroy that promises to leave nothing
  #checkov:skip=CKV_AWS_119:a KMS key costs $1 a month and each request a little more; AWS's own key encrypts the table for nothing

  name         = var.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  range_key    = "sk"

  # Off: `make destroy` asks the person first, and then has to leave nothing.
  deletion_protection_enabled = false

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "updated_at"
    type = "S"
  }

  # A guest's conversations by latest activity. Local, so that a rename is seen by the next consistent read; it cannot
  # be added to a table that exists, which is why it is here from the first day.
  local_secondary_index {
    name               = "by_activity"
    range_key          = "updated_at"
    projection_type    = "INCLUDE"
    non_key_attributes = ["id", "title", "created_at"]
  }

  ttl {
    attribute_name = "ttl"
    enabled        = true
  }

  # Off: it bills $0.20 per GB and month for good, and `make export` is the backup. Encryption at rest is on without a
  # word here, with AWS's own key, which costs nothing; a KMS key would cost $1 a month.
  point_in_time_recovery {
    enabled = false
  }
}
