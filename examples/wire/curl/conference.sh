#!/usr/bin/env bash
# A whole conference: create it, dial somebody into it, mute them, speak to all, end it.
set -euo pipefail

api="${CATAPULT_URL:-http://127.0.0.1:8080}/v1/users/${CATAPULT_USER:-u-local}"
credentials="${CATAPULT_TOKEN:-t-local}:${CATAPULT_SECRET:-s-local}"
inbox="${SANDBOX_URL:-http://127.0.0.1:8181}/sandbox/inbox/examples"

request() {
  curl --silent --show-error --fail-with-body -u "$credentials" "$@"
}

# Posts a JSON body and prints the id at the end of the Location, if any; an error is shown, and ends the script.
post() {
  request --include -X POST "$1" -H "Content-type: application/json" -d "$2" |
    tr -d '\r' | sed -n -e 's/^[Ll]ocation: .*\///p' -e '/^{/w /dev/stderr'
}

conference=$(post "$api/conferences" '{
  "from": "+12345678901",
  "callbackUrl": "'"$inbox"'",
  "callbackHttpMethod": "POST",
  "tag": "curl"
}')
echo "Created conference $conference; its events go to $inbox"

call=$(post "$api/calls" '{"from": "+12345678901", "to": "+19195551234", "conferenceId": "'"$conference"'"}')
echo "Dialled +19195551234 as call $call"

member=
while [ -z "$member" ]; do
  sleep 0.2
  member=$(request "$api/conferences/$conference/members" | sed -n 's/^\[{"id":"\([^"]*\)".*/\1/p')
done
echo "They answered: member $member"

post "$api/conferences/$conference/members/$member" '{"mute": "true"}'
echo "Muted the member: $(request "$api/conferences/$conference/members/$member")"

post "$api/conferences/$conference/audio" '{"sentence": "Welcome to the conference", "voice": "Kate"}'
echo "Spoke to all"

post "$api/conferences/$conference" '{"state": "completed"}'
echo "Ended the conference: $(request "$api/conferences/$conference")"
