# shellcheck shell=bash
# Sourced after announced.sh.

# healthy_sessions: with every neighbour, those included that an edit does not have to mend. Where the speaker does not
# run, which makes them, `announced` says so.
healthy_sessions() {
  local before standing peer words=()
  speaks || return 0
  # A neighbour that refuses ends each connection at once: the same one has to be there a second later.
  before=$(sessions)
  pause 1
  standing=$(sessions)
  for peer in $(peers); do
    steady "$peer" "$before" "$standing" || words+=("none with $peer, $(manner_of "$peer")")
  done
  [ ${#words[@]} -eq 0 ] || {
    (
      IFS=';'
      echo "${words[*]}"
    )
    return 1
  }
}

# manner_of PEER: how port 179 there takes a connection; of BIRD's sessions what BIRD knows, where it knows something.
manner_of() {
  local status=0 words
  if speaks_by_bird && words=$(bird_says "$1") && [[ $words == *:\ ?* ]]; then
    echo "$words"
    return
  fi
  timeout 2 bash -c ": </dev/tcp/$1/179" 2>/dev/null || status=$?
  case $status in
  0) echo "whose port 179 accepts connections and ends the session: another AS or address than it expects" ;;
  124)
    if [ -n "$(machine ".peers[] | select(.address == \"$1\") | .password" 2>/dev/null)" ]; then
      echo "whose port 179 is silent: packets are lost on the way, or the MD5 passwords differ"
    else
      echo "whose port 179 is silent: packets are lost on the way, or it wants an MD5 password"
    fi
    ;;
  *) echo "whose port 179 refuses connections" ;;
  esac
}
