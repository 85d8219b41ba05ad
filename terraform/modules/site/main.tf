data "aws_caller_identity" "current" {}

# The account's id makes the name unique among all buckets of the world.
resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:a second bucket that fills with who read static files; CloudFront is the only reader
  #checkov:skip=CKV_AWS_21:every file comes from build/site, which one command makes and uploads again
  #checkov:skip=CKV_AWS_144:every file comes from build/site, which one command makes and uploads again
  #checkov:skip=CKV_AWS_145:the files are the public page; S3 encrypts them with its own key, where a KMS key costs $1 a month
  #checkov:skip=CKV2_AWS_61:holds the present files alone: no versions, no uploads in parts, nothing that grows old
  #checkov:skip=CKV2_AWS_62:only a deploy writes here, so there is nobody to tell

  bucket = "${var.name}-site-${data.aws_caller_identity.current.account_id}"

  # Everything in it comes from build/site: nothing is lost with it, and destroy must not stop at a stray object.
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# Without CloudFront the bucket policy opens the objects to everybody, which the last two would forbid.
resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.id

  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = var.cdn_enabled
  restrict_public_buckets = var.cdn_enabled
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = var.cdn_enabled ? data.aws_iam_policy_document.cdn_reads[0].json : data.aws_iam_policy_document.everybody_reads[0].json

  # S3 refuses a public policy while the block still stands.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

data "aws_iam_policy_document" "cdn_reads" {
  count = var.cdn_enabled ? 1 : 0

  statement {
    sid       = "OnlyThisDistributionReadsThePage"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this.arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.this[0].arn]
    }
  }
}

# Objects by their name and nothing else: the bucket cannot be listed.
data "aws_iam_policy_document" "everybody_reads" {
  count = var.cdn_enabled ? 0 : 1

  statement {
    sid       = "EverybodyReadsThePage"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
