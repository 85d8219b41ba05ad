#!/bin/bash
# AWS announces two minutes ahead that it takes a spot instance back. The worker then ends what it has begun to say, and fetches
# no more. On an instance that is no spot there is never such a notice.

set -uo pipefail
# shellcheck source=report.sh
. "$(dirname "$0")/report.sh"

until metadata meta-data/spot/instance-action >/dev/null; do
  sleep "${WATCH_SECONDS:-5}"
done
log "AWS takes this spot instance back"
systemctl stop forever-us-worker.service
present ended "" "AWS took the spot instance back"
