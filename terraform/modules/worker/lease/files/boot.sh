#!/bin/bash
# Turns a fresh Amazon Linux 2023 into a model worker: the end of the lease first, then Python, the model, the worker's service.
# Any failure is reported and shuts the machine down: a useless machine must not cost anything.

set -Eeuo pipefail
# shellcheck source=report.sh
. "${BASH_SOURCE[0]%/*}/report.sh"

STEP="starting"
MODELS="${WORKER_MODELS:-/var/lib/forever-us}"
PYTHON="${WORKER_PYTHON:-python3.12}"
TRIES=8

# The first of four ends, and the only one that needs nothing but the machine itself. At least a minute: at 0 the machine would
# stop before it could report a failure.
set_timer() {
  local minutes=$((($(lease_end) - $(date +%s)) / 60))
  shutdown -h "+$((minutes > 1 ? minutes : 1))"
}

# `make status` and `make llm-on` give up a worker that has been silent for 15 s. Nothing goes to the console, because
# cloud-init would wait for it to close.
keep_beating() {
  while sleep 5; do beat; done >/dev/null &
  BEATING=$!
}

install_python() {
  dnf install --assumeyes --quiet "$PYTHON"
  "$PYTHON" -m venv "$WORKER_HOME/venv"
  "$WORKER_HOME/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    --requirement "$WORKER_HOME/requirements.lock"
}

# Bytes of the model; 0 when its server does not say.
model_size() {
  curl --silent --fail --location --head --max-time 30 "$MODEL_SOURCE" |
    tr -d '\r' | awk 'tolower($1) == "content-length:" { size = $2 } END { print size + 0 }'
}

# Each try continues where the last one broke off.
fetch() {
  local try
  for ((try = 1; try <= TRIES; try++)); do
    curl --silent --show-error --fail --location --connect-timeout 20 --speed-time 60 --speed-limit 1000 \
      --continue-at - --output "$1" "$MODEL_SOURCE" && return 0
    sleep "${RETRY_SECONDS:-5}"
  done
  return 1
}

download_model() {
  local part="$MODELS/$MODEL_NAME.part" size loading
  mkdir -p "$MODELS"
  size=$(model_size || echo 0)
  { fetch "$part" || exit 1; } &
  loading=$!
  while kill -0 "$loading" 2>/dev/null; do
    [ "$size" -eq 0 ] || present downloading "$(($(stat --format %s "$part" 2>/dev/null || echo 0) * 100 / size))"
    sleep "${WATCH_SECONDS:-3}"
  done
  wait "$loading"
  STEP="checking the model"
  echo "$MODEL_SHA256  $part" | sha256sum --check --quiet >&2
  mv "$part" "$MODELS/$MODEL_NAME"
}

# From here on the worker itself sends the heartbeat.
start_worker() {
  {
    printf 'TABLE_NAME=%s\nQUEUE_URL=%s\nAWS_REGION=%s\n' "$TABLE_NAME" "$QUEUE_URL" "$AWS_REGION"
    printf 'WORKER_ID=%s\nMODEL_FILE=%s\n' "$(worker_id)" "$MODELS/$MODEL_NAME"
    printf 'UNTIL=%s\nIDLE_SECONDS=%s\nSLOTS=2\nEC2=1\n' "$(lease_end)" "$IDLE_SECONDS"
  } >"$WORKER_HOME/environment"
  kill "$BEATING"
  systemctl daemon-reload
  systemctl start --no-block forever-us-worker.service
}

begin() {
  STEP="$1"
  present "$2"
  log "$1"
}

# Nothing may keep a useless machine from shutting down, so errors in here are ignored.
broken() {
  trap - ERR
  set +e
  [ -z "${BEATING:-}" ] || kill "$BEATING"
  give_up "$STEP did not work: $(grep -v '^$' "$RUN/errors" | tail -n 3)"
  exit 1
}

boot() {
  exec 2>"$RUN/errors"
  trap broken ERR
  set_timer
  keep_beating
  begin "starting" booting
  begin "installing Python" booting
  install_python
  begin "downloading the model" downloading
  download_model
  begin "loading the model" loading
  start_worker
}

# When sourced, the functions can be run one by one.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then boot; fi
