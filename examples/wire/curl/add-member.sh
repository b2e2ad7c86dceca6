#!/usr/bin/env bash
# Somebody calls in, and becomes a member of a conference that passes on the keys they press.
set -euo pipefail

api="${CATAPULT_URL:-http://127.0.0.1:8080}/v1/users/${CATAPULT_USER:-u-local}"
credentials="${CATAPULT_TOKEN:-t-local}:${CATAPULT_SECRET:-s-local}"
sandbox="${SANDBOX_URL:-http://127.0.0.1:8181}/sandbox"

request() {
  curl --silent --show-error --fail-with-body "$@"
}

# Posts a JSON body to the API and prints the id at the end of the Location, if any; an error is shown, and ends it all.
post() {
  request -u "$credentials" --include -X POST "$1" -H "Content-type: application/json" -d "$2" |
    tr -d '\r' | sed -n -e 's/^[Ll]ocation: .*\///p' -e '/^{/w /dev/stderr'
}

# On a real platform an "incomingcall" event tells the id of a call; the sandbox has one made.
call=$(request -X POST "$sandbox/calls" | sed -n 's/.*"callId":"\([^"]*\)".*/\1/p')
echo "Somebody calls: $call"

conference=$(post "$api/conferences" '{
  "from": "+12345678901",
  "profile": "passthru_digits",
  "callbackUrl": "'"$sandbox"'/inbox/examples"
}')
echo "Created conference $conference"

member=$(post "$api/conferences/$conference/members" '{"callId": "'"$call"'", "joinTone": "true"}')
echo "Added the call: $(request -u "$credentials" "$api/conferences/$conference/members/$member")"

post "$api/conferences/$conference/members/$member/audio" '{"sentence": "Press 1", "tag": "menu"}'
request -o /dev/null -X POST "$sandbox/calls/$call" -H "Content-type: application/json" -d '{"digits": "1"}'
echo "Asked the member for a key, and they pressed 1: see $sandbox/inbox/examples?list"

post "$api/conferences/$conference/members/$member" '{"state": "completed"}'
echo "Removed the member, who was the last: $(request -u "$credentials" "$api/conferences/$conference")"
