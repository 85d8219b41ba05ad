# What AWS would answer, in AWS's shapes: the provider checks ARNs and policies also when nobody answers.

mock_data "aws_partition" {
  defaults = {
    partition = "aws"
  }
}

mock_data "aws_region" {
  defaults = {
    name = "sa-east-1"
  }
}

mock_data "aws_caller_identity" {
  defaults = {
    account_id = "123456789012"
  }
}

mock_data "aws_iam_policy_document" {
  defaults = {
    json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
  }
}

mock_resource "aws_dynamodb_table" {
  defaults = {
    arn = "arn:aws:dynamodb:sa-east-1:123456789012:table/chat"
  }
}

mock_resource "aws_sqs_queue" {
  defaults = {
    arn = "arn:aws:sqs:sa-east-1:123456789012:chat-jobs"
    url = "https://sqs.sa-east-1.amazonaws.com/123456789012/chat-jobs"
  }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::123456789012:role/chat"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:sa-east-1:123456789012:log-group:/aws/lambda/chat"
  }
}

mock_resource "aws_lambda_function" {
  defaults = {
    arn        = "arn:aws:lambda:sa-east-1:123456789012:function:chat"
    invoke_arn = "arn:aws:apigateway:sa-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:sa-east-1:123456789012:function:chat/invocations"
  }
}

# One answer for both APIs, so wss where a real HTTP API has https.
mock_resource "aws_apigatewayv2_api" {
  defaults = {
    id            = "a1b2c3d4e5"
    api_endpoint  = "wss://a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com"
    execution_arn = "arn:aws:execute-api:sa-east-1:123456789012:a1b2c3d4e5"
  }
}

mock_resource "aws_s3_bucket" {
  defaults = {
    arn                         = "arn:aws:s3:::chat-site-123456789012"
    bucket_regional_domain_name = "chat-site-123456789012.s3.sa-east-1.amazonaws.com"
  }
}

mock_resource "aws_cloudfront_distribution" {
  defaults = {
    id          = "E1ABCDEFGHIJKL"
    arn         = "arn:aws:cloudfront::123456789012:distribution/E1ABCDEFGHIJKL"
    domain_name = "d111111abcdef8.cloudfront.net"
  }
}

mock_resource "aws_bedrock_guardrail" {
  defaults = {
    guardrail_id  = "g1h2i3j4k5l6"
    guardrail_arn = "arn:aws:bedrock:sa-east-1:123456789012:guardrail/g1h2i3j4k5l6"
  }
}

mock_resource "aws_bedrock_guardrail_version" {
  defaults = {
    version = "1"
  }
}

mock_resource "aws_iam_policy" {
  defaults = {
    arn = "arn:aws:iam::123456789012:policy/chat-deny-model"
  }
}

mock_resource "aws_sns_topic" {
  defaults = {
    arn = "arn:aws:sns:sa-east-1:123456789012:chat-alarms"
  }
}

mock_data "aws_default_tags" {
  defaults = {
    tags = { Project = "forever-us", Stack = "chat" }
  }
}

mock_data "aws_ssm_parameter" {
  defaults = {
    insecure_value = "ami-0123456789abcdef0"
  }
}

mock_data "aws_vpc" {
  defaults = {
    id = "vpc-0123456789abcdef0"
  }
}

mock_data "aws_ec2_instance_type_offerings" {
  defaults = {
    locations = ["sa-east-1a", "sa-east-1c"]
  }
}

mock_resource "aws_instance" {
  defaults = {
    id = "i-0123456789abcdef0"
  }
}

mock_resource "aws_security_group" {
  defaults = {
    id = "sg-0123456789abcdef0"
  }
}

mock_resource "aws_iam_instance_profile" {
  defaults = {
    arn = "arn:aws:iam::123456789012:instance-profile/chat-worker"
  }
}
