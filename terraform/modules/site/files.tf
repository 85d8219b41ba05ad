locals {
  files      = fileset(var.site_dir, "**")
  index_path = "${var.site_dir}/index.html"

  # Changes when any file does.
  release = substr(sha256(join("\n", [for file in sort(local.files) : "${file} ${filesha256("${var.site_dir}/${file}")}"])), 0, 12)

  # Names carry no hash, so every file is asked for again on each visit: a 304 when it is the same, the new one as soon
  # as it is deployed. CloudFront itself keeps a file for a second.
  cache_control = "no-cache"

  content_types = {
    css         = "text/css; charset=utf-8"
    html        = "text/html; charset=utf-8"
    ico         = "image/x-icon"
    js          = "text/javascript; charset=utf-8"
    json        = "application/json"
    md          = "text/plain; charset=utf-8"
    mjs         = "text/javascript; charset=utf-8"
    png         = "image/png"
    svg         = "image/svg+xml"
    txt         = "text/plain; charset=utf-8"
    webmanifest = "application/manifest+json"
    webp        = "image/webp"
    woff2       = "font/woff2"
  }
}

resource "aws_s3_object" "file" {
  for_each = setsubtract(local.files, ["index.html"])

  bucket        = aws_s3_bucket.this.id
  key           = each.key
  source        = "${var.site_dir}/${each.key}"
  etag          = filemd5("${var.site_dir}/${each.key}")
  content_type  = lookup(local.content_types, lower(element(split(".", each.key), -1)), "application/octet-stream")
  cache_control = local.cache_control
}

# Rendered: the page learns here where both APIs are. Uploaded last, when everything that it names is there.
resource "aws_s3_object" "index" {
  bucket        = aws_s3_bucket.this.id
  key           = "index.html"
  content_type  = local.content_types["html"]
  cache_control = local.cache_control

  # Null without a page: destroy works where nothing was built, and everything else meets the precondition below.
  content = fileexists(local.index_path) ? templatefile(local.index_path, {
    api_url     = var.api_url
    ws_url      = var.ws_url
    connect_src = var.connect_src
    version     = local.release
  }) : null

  lifecycle {
    precondition {
      condition     = fileexists(local.index_path)
      error_message = "There is no ${local.index_path}. `make package` makes it."
    }
  }

  depends_on = [aws_s3_object.file]
}
