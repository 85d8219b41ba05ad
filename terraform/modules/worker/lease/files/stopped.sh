#!/bin/bash
# Run by systemd each time the worker has ended. Its last lines are kept where the owner finds them; a worker that ended in order
# has reported that itself.

set -uo pipefail
# shellcheck source=report.sh
. "${BASH_SOURCE[0]%/*}/report.sh"

if [ "${SERVICE_RESULT:-success}" != success ]; then
  journalctl --unit forever-us-worker.service --lines 15 --output cat | while read -r line; do log "$line"; done
  present failed "" "the worker ended ($SERVICE_RESULT): $(journalctl --unit forever-us-worker.service --lines 1 --output cat)"
fi
