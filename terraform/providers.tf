provider "aws" {
  region = var.region

  # Null on AWS, where the usual chain (environment, profile, SSO) finds the credentials. Under the emulator they are
  # pinned together with the endpoints, so that a local run cannot reach somebody's account.
  access_key = local.provider_key
  secret_key = local.provider_key

  max_retries = local.provider_retries

  s3_use_path_style           = local.emulated
  skip_credentials_validation = local.emulated
  skip_metadata_api_check     = local.emulated
  skip_region_validation      = local.emulated

  # Every service the stack uses. A service that is missing here would leave the emulator for AWS.
  endpoints {
    apigatewayv2 = local.provider_endpoint
    bedrock      = local.provider_endpoint
    budgets      = local.provider_endpoint
    cloudfront   = local.provider_endpoint
    cloudwatch   = local.provider_endpoint
    dynamodb     = local.provider_endpoint
    ec2          = local.provider_endpoint
    iam          = local.provider_endpoint
    lambda       = local.provider_endpoint
    logs         = local.provider_endpoint
    s3           = local.provider_endpoint
    scheduler    = local.provider_endpoint
    sns          = local.provider_endpoint
    sqs          = local.provider_endpoint
    ssm          = local.provider_endpoint
    sts          = local.provider_endpoint
  }

  default_tags {
    tags = {
      Project = "forever-us"
      Stack   = var.stack
    }
  }
}
