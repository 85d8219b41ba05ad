output "bucket" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.bucket
}

output "bucket_domain" {
  description = "Host name of the bucket in its region."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}

output "distribution_domain" {
  description = "Host name of the distribution, null without CloudFront."
  value       = one(aws_cloudfront_distribution.this[*].domain_name)
}

output "distribution_id" {
  description = "Id of the distribution, null without CloudFront."
  value       = one(aws_cloudfront_distribution.this[*].id)
}

output "release" {
  description = "Fingerprint of the page's files."
  value       = local.release
}
