locals {
  # AWS's managed policy CachingOptimized: the same id in every account. Its shortest time to live is 1 s.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
  caching_optimized_id = "658327ea-f89d-4fab-a63d-7e88639e58f6"

  # Not the bucket's own /index.html, whose relative addresses would not be found from a deeper path.
  not_found_key = "404.html"

  origin_id = "site"
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:a WAF costs $5 a month; what stands behind is a handful of static files
  #checkov:skip=CKV2_AWS_47:nothing here runs Java, and the WAF that the rule belongs to costs $5 a month
  #checkov:skip=CKV_AWS_86:needs a second bucket with the addresses of those who read, to learn how often static files were read
  #checkov:skip=CKV_AWS_174:the version is fixed by CloudFront's own certificate; another one needs a domain, which costs money
  #checkov:skip=CKV2_AWS_42:a certificate of its own needs a domain, which costs money
  #checkov:skip=CKV_AWS_310:a second bucket in another region for files that one command uploads again
  #checkov:skip=CKV_AWS_374:whom the owner invites may be anywhere

  count = var.cdn_enabled ? 1 : 0

  comment             = var.name
  enabled             = true
  default_root_object = "index.html"
  http_version        = "http2and3"
  is_ipv6_enabled     = true

  # North America and Europe, the cheapest; everybody else is served from there.
  price_class = "PriceClass_100"

  # Where it takes minutes, the address that deploy prints answers only afterwards.
  wait_for_deployment = var.wait_for_cdn

  origin {
    origin_id                = local.origin_id
    domain_name              = aws_s3_bucket.this.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this[0].id
  }

  default_cache_behavior {
    target_origin_id           = local.origin_id
    viewer_protocol_policy     = var.viewer_protocol_policy
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = local.caching_optimized_id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this[0].id
  }

  # S3 says 403 in XML for what is not there, since nobody may list the bucket. The page routes by the hash alone, so an
  # unknown path is a true 404 and no reason to show the chat.
  custom_error_response {
    error_code            = 403
    response_code         = 404
    response_page_path    = "/${local.not_found_key}"
    error_caching_min_ttl = 10
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

resource "aws_cloudfront_origin_access_control" "this" {
  count = var.cdn_enabled ? 1 : 0

  name                              = var.name
  description                       = "Signs CloudFront's requests to the page's bucket."
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# What only a header can say. The rest of the Content-Security-Policy is in the page's own <meta>: it names both APIs,
# whose CORS names this distribution, and a policy here that named them in turn would be a cycle.
resource "aws_cloudfront_response_headers_policy" "this" {
  count = var.cdn_enabled ? 1 : 0

  name    = var.name
  comment = "Security headers of the page."

  security_headers_config {
    content_security_policy {
      content_security_policy = "frame-ancestors 'none'"
      override                = true
    }

    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = true
      preload                    = true
      override                   = true
    }
  }

  custom_headers_config {
    items {
      header   = "Permissions-Policy"
      value    = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
      override = true
    }
  }

  # Nobody needs to know what stands behind CloudFront.
  remove_headers_config {
    items {
      header = "Server"
    }
  }
}

resource "aws_s3_object" "not_found" {
  count = var.cdn_enabled ? 1 : 0

  bucket        = aws_s3_bucket.this.id
  key           = local.not_found_key
  source        = "${path.module}/404.html"
  etag          = filemd5("${path.module}/404.html")
  content_type  = local.content_types["html"]
  cache_control = local.cache_control
}
