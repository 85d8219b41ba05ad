#!/bin/bash
# What every script on the machine needs: the lease's settings, and the reports to the owner. `make status` reads the presence
# item; the log group outlives the machine.

export WORKER_HOME="${WORKER_HOME:-/opt/forever-us}"
RUN="${WORKER_RUN:-/run/forever-us}"
METADATA=http://169.254.169.254/latest
# shellcheck source=/dev/null
. "$WORKER_HOME/settings"
mkdir -p "$RUN"

# A line of instance metadata, by IMDSv2; fails when there is none.
metadata() {
  local token
  token=$(curl --silent --fail --max-time 5 --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: 300" "$METADATA/api/token") &&
    curl --silent --fail --max-time 5 --header "X-aws-ec2-metadata-token: $token" "$METADATA/$1"
}

# The instance's id, fetched once.
worker_id() {
  [ -s "$RUN/id" ] || metadata meta-data/instance-id >"$RUN/id"
  cat "$RUN/id"
}

# When the lease ends, in epoch seconds.
lease_end() { date --date "$LEASE_UNTIL" +%s; }

# Makes text fit for a JSON string.
quotable() { tr '\n\t' '  ' | tr -cd '[:print:]' | tr -d '\042\134' | sed 's/ *$//' | cut -c1-300; }

# Sets the state for this and the next beats: state, percent (or nothing), detail (or nothing).
present() {
  printf '%s\n%s\n%s\n' "$1" "${2:-}" "${3:-}" >"$RUN/state"
  beat
}

# Writes the presence item with the last state. The next beat makes up for a lost one.
beat() {
  local state percent detail now item
  { read -r state && read -r percent && read -r detail; } <"$RUN/state" || return 0
  now=$(date +%s)
  item="\"pk\":{\"S\":\"MAILBOX#WORKERS\"},\"sk\":{\"S\":\"$(worker_id)\"},\"state\":{\"S\":\"$state\"},\"model\":{\"S\":\"$MODEL_NAME\"}"
  item+=",\"busy\":{\"N\":\"0\"},\"slots\":{\"N\":\"0\"},\"beat\":{\"N\":\"$now\"},\"until\":{\"N\":\"$(lease_end)\"},\"ttl\":{\"N\":\"$((now + 3600))\"}"
  [ -z "$percent" ] || item+=",\"percent\":{\"N\":\"$percent\"}"
  [ -z "$detail" ] || item+=",\"detail\":{\"S\":\"$(quotable <<<"$detail")\"}"
  timeout 20 aws dynamodb put-item --region "$AWS_REGION" --table-name "$TABLE_NAME" --item "{$item}" || true
}

# One line to the log group, where the owner can read it when the machine is gone, and to the machine's console.
log() {
  local stream text
  stream=$(worker_id)
  text=$(quotable <<<"$*")
  echo "forever-us: $text"
  timeout 20 aws logs create-log-stream --region "$AWS_REGION" --log-group-name "$LOG_GROUP" --log-stream-name "$stream" 2>/dev/null || true
  timeout 20 aws logs put-log-events --region "$AWS_REGION" --log-group-name "$LOG_GROUP" --log-stream-name "$stream" \
    --log-events "[{\"timestamp\":$(date +%s%3N),\"message\":\"$text\"}]" >/dev/null || true
}

# The end after a failure: reports why and shuts the machine down, which terminates it.
give_up() {
  present failed "" "$1"
  log "failed: $1"
  shutdown -h now
}
