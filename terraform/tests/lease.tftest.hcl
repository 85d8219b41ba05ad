# What a lease may be asked for: each slip is refused before anything is made.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  handler_zip = "./tests/fixtures/handler.zip"
  site_dir    = "./tests/fixtures/site"
  worker_dir  = "./tests/fixtures/worker"
}

run "worker_refuses_a_machine_without_a_size" {
  command         = plan
  expect_failures = [var.worker]

  variables {
    worker = { instance_type = "c8g", architecture = "arm64", until = "2030-01-01T12:00:00Z" }
  }
}

run "worker_refuses_an_unknown_architecture" {
  command         = plan
  expect_failures = [var.worker]

  variables {
    worker = { instance_type = "c8g.xlarge", architecture = "arm", until = "2030-01-01T12:00:00Z" }
  }
}

run "worker_refuses_an_end_without_utc" {
  command         = plan
  expect_failures = [var.worker]

  variables {
    worker = { instance_type = "c8g.xlarge", architecture = "arm64", until = "2030-01-01T12:00:00-03:00" }
  }
}

run "worker_model_refuses_an_address_that_is_not_encrypted" {
  command         = plan
  expect_failures = [var.worker_model]

  variables {
    worker_model = { url = "http://models.example/a.gguf", sha256 = "3e0039fd0273fcbebb49228943b17831aadd55cbcbf56f0af00499be2040ccf9", name = "a.gguf" }
  }
}

run "worker_model_refuses_a_file_without_its_checksum" {
  command         = plan
  expect_failures = [var.worker_model]

  variables {
    worker_model = { url = "https://models.example/a.gguf", sha256 = "3e0039fd", name = "a.gguf" }
  }
}

run "worker_model_refuses_a_name_that_a_shell_would_read" {
  command         = plan
  expect_failures = [var.worker_model]

  variables {
    worker_model = { url = "https://models.example/a.gguf", sha256 = "3e0039fd0273fcbebb49228943b17831aadd55cbcbf56f0af00499be2040ccf9", name = "a';reboot" }
  }
}
