#!/usr/bin/env bash
# The three create calls of the "Create conference" page; the second and third post to the user's own path, as there.
set -euo pipefail

api="${CATAPULT_URL:-http://127.0.0.1:8080}/v1/users/${CATAPULT_USER:-u-local}"
credentials="${CATAPULT_TOKEN:-t-local}:${CATAPULT_SECRET:-s-local}"
inbox="${SANDBOX_URL:-http://127.0.0.1:8181}/sandbox/inbox/examples"

# Posts a JSON body and prints the Location of what was made; an error is shown, and ends the script.
create() {
  curl --silent --show-error --fail-with-body --include -X POST "$1" \
    -u "$credentials" -H "Content-type: application/json" -d "$2" |
    tr -d '\r' | sed -n -e 's/^[Ll]ocation: //p' -e '/^{/w /dev/stderr'
}

location=$(create "$api/conferences" '{"from": "+12345678901"}')
echo "Created a conference that answers to nobody: $location"

location=$(create "$api/" '{
  "from": "+12345678901",
  "callbackUrl": "'"$inbox"'",
  "callbackTimeout": "2000",
  "fallbackUrl": "'"$inbox"'"
}')
echo "Created a conference whose events go to $inbox: $location"

location=$(create "$api/" '{
  "from": "+12345678901",
  "callbackUrl": "'"$inbox"'",
  "callbackTimeout": "2000",
  "fallbackUrl": "'"$inbox"'",
  "profile": "passthru_digits"
}')
echo "Created a conference that passes on the keys that its members press: $location"
