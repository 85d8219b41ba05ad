# The page's files, and who may read them.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                   = "chat"
  site_dir               = "./tests/fixtures/site"
  cdn_enabled            = true
  viewer_protocol_policy = "redirect-to-https"
  wait_for_cdn           = true
  api_url                = "https://f6g7h8i9j0.execute-api.sa-east-1.amazonaws.com"
  ws_url                 = "wss://a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com/live"
  connect_src            = "https://f6g7h8i9j0.execute-api.sa-east-1.amazonaws.com wss://a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com"
}

run "with_cloudfront_the_bucket_is_private" {
  command = plan

  module {
    source = "./modules/site"
  }

  # Files have their types.
  assert {
    condition = { for key, object in aws_s3_object.file : key => object.content_type } == {
      "app.css"        = "text/css; charset=utf-8"
      "app.js"         = "text/javascript; charset=utf-8"
      "icon.svg"       = "image/svg+xml"
      "vendor/LICENSE" = "application/octet-stream"
    }
    error_message = jsonencode({ for key, object in aws_s3_object.file : key => object.content_type })
  }

  assert {
    condition     = alltrue([for object in concat(values(aws_s3_object.file), [aws_s3_object.index]) : object.cache_control == "no-cache"])
    error_message = "A browser would keep a file after a deploy."
  }

  # The page knows both APIs.
  assert {
    condition = alltrue([for line in [
      "connect-src https://f6g7h8i9j0.execute-api.sa-east-1.amazonaws.com wss://a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com\"",
      "name=\"api-url\" content=\"https://f6g7h8i9j0.execute-api.sa-east-1.amazonaws.com\"",
      "name=\"ws-url\" content=\"wss://a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com/live\"",
      "name=\"version\" content=\"${output.release}\"",
    ] : strcontains(aws_s3_object.index.content, line)])
    error_message = aws_s3_object.index.content
  }

  # The bucket is private.
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "The bucket can be opened."
  }

  assert {
    condition     = one(one(data.aws_iam_policy_document.cdn_reads[0].statement).condition).values == tolist(["arn:aws:cloudfront::123456789012:distribution/E1ABCDEFGHIJKL"])
    error_message = "Another distribution may read the page."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.this[0].default_cache_behavior).viewer_protocol_policy == "redirect-to-https"
    error_message = "The page is served over plain HTTP."
  }

  assert {
    condition = [for answer in aws_cloudfront_distribution.this[0].custom_error_response : [answer.error_code, answer.response_code, answer.response_page_path]] == [
      [403, 404, "/${aws_s3_object.not_found[0].key}"],
    ]
    error_message = "A missing page shows S3's XML."
  }
}

run "without_cloudfront_everybody_reads_objects_and_nothing_else" {
  command = plan

  module {
    source = "./modules/site"
  }

  variables {
    cdn_enabled = false
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.everybody_reads[0].statement : [tolist(statement.actions), tolist(statement.resources)]] == [
      [tolist(["s3:GetObject"]), tolist(["arn:aws:s3:::chat-site-123456789012/*"])],
    ]
    error_message = jsonencode(data.aws_iam_policy_document.everybody_reads[0].statement)
  }

  assert {
    condition     = length(aws_cloudfront_distribution.this) + length(aws_cloudfront_origin_access_control.this) + length(aws_cloudfront_response_headers_policy.this) + length(aws_s3_object.not_found) == 0
    error_message = "Something of CloudFront is left."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_acls && !aws_s3_bucket_public_access_block.this.block_public_policy
    error_message = "The policy would be refused, or ACLs count again."
  }
}

run "without_a_page_it_says_how_to_get_one" {
  command         = plan
  expect_failures = [aws_s3_object.index]

  module {
    source = "./modules/site"
  }

  variables {
    site_dir = "./tests/fixtures/absent"
  }
}
