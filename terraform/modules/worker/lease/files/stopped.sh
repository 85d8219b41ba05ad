#!/bin/bash
# Run by systemd each time the worker has ended. What it had to say last is kept where the owner finds it; a worker that ended
# because its time was over has said so itself.

set -uo pipefail
# shellcheck source=report.sh
. "${BASH_SOURCE[0]%/*}/report.sh"

if [ "${SERVICE_RESULT:-success}" != success ]; then
  journalctl --unit forever-us-worker.service --lines 15 --output cat | while read -r line; do log "$line"; done
  present failed "" "the worker ended ($SERVICE_RESULT): $(journalctl --unit forever-us-worker.service --lines 1 --output cat)"
fi
