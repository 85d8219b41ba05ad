# The machine's user data: files and one command for cloud-init. JSON is YAML, too.

locals {
  home  = "/opt/forever-us"
  files = "${path.module}/files"

  # A worker that has been idle for that long ends itself.
  idle_seconds = 1200

  settings = join("", [for name, value in {
    TABLE_NAME   = var.table_name
    QUEUE_URL    = var.queue_url
    AWS_REGION   = local.region
    LOG_GROUP    = var.log_group
    LEASE_UNTIL  = var.machine.until
    IDLE_SECONDS = local.idle_seconds
    MODEL_SOURCE = var.model.url
    MODEL_SHA256 = var.model.sha256
    MODEL_NAME   = var.model.name
  } : "${name}='${value}'\n"])

  # Path on the machine => path in this repository.
  sources = merge(
    { for name in fileset(local.files, "*.sh") : "${local.home}/${name}" => "${local.files}/${name}" },
    { for name in fileset(local.files, "*.service") : "/etc/systemd/system/${name}" => "${local.files}/${name}" },
    { for name in fileset(var.code_dir, "**/*.py") : "${local.home}/code/${name}" => "${var.code_dir}/${name}" },
    { for name in fileset(var.code_dir, "requirements.lock") : "${local.home}/${name}" => "${var.code_dir}/${name}" },
  )

  # Without comment lines, except a script's first: all of it has to fit into 16 KB.
  written = merge(
    { "${local.home}/settings" = local.settings },
    { for path, source in local.sources : path => replace(file(source), "/(?m)^[ \\t]*#([^!\n].*)?\n/", "") },
  )

  first_start = {
    write_files = [for path, content in local.written : { path = path, content = content, permissions = "0644" }]
    runcmd      = [["bash", "${local.home}/boot.sh"]]
  }
  cloud_config = "#cloud-config\n${jsonencode(local.first_start)}\n"

  # Zipped: EC2 counts the bytes before base64, which makes four of three.
  user_data       = base64gzip(local.cloud_config)
  user_data_bytes = length(local.user_data) * 3 / 4
}
