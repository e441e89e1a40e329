# shellcheck shell=bash
# A secret answer is printed encrypted, in a key that came with the grant: what a failed command has printed is shown
# to the operator and kept in logs, whatever the command was told of logging. contract/answer.ts opens it.

# keep_answer_key FILE: the grant itself is wiped before its verb has ended.
keep_answer_key() { ANSWER_KEY=$(jq -r '.answerKey // empty' "$1"); }

# answer FILE: prints the verb's result, in one line where it is secret.
answer() {
  if [ -z "$ANSWER_KEY" ]; then
    cat "$1"
  else
    # The key comes as a file, since a process list would show an argument. One round: the key is random.
    openssl enc -aes-256-cbc -md sha256 -pbkdf2 -iter 1 -base64 -A -pass fd:3 -in "$1" 3<<<"$ANSWER_KEY"
  fi
}
