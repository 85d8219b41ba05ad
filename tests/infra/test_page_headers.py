"""What CloudFront says of the page to a browser, besides the page's own policy."""

YEAR = 31_536_000


def test_each_security_header_is_sent_whatever_the_bucket_says(planned):
    policy = planned["module.site.aws_cloudfront_response_headers_policy.this[0]"]
    (security,) = policy["security_headers_config"]
    sent = {name: block[0] for name, block in security.items() if block}
    assert sent == {
        "content_security_policy": {
            "content_security_policy": "frame-ancestors 'none'",
            "override": True,
        },
        "content_type_options": {"override": True},
        "referrer_policy": {"referrer_policy": "no-referrer", "override": True},
        "strict_transport_security": {
            "access_control_max_age_sec": YEAR,
            "include_subdomains": True,
            "preload": True,
            "override": True,
        },
    }
    (custom,) = policy["custom_headers_config"]
    named = {item["header"]: (item["value"], item["override"]) for item in custom["items"]}
    permissions = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    assert named == {"Permissions-Policy": (permissions, True)}
