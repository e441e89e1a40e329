# shellcheck shell=bash
# Before anything on the machine changes, the whole grant is checked: its shape, and that it is for this machine.

# verb_says FIELD FILE: FIELD is true in verbs.json for the grant's verb.
verb_says() { jq -e --arg field "$1" --slurpfile verbs "$BUNDLE/verbs.json" '$verbs[0].granted[.verb][$field]' "$2" >/dev/null; }

# check_shape FILE: dies naming the first part that is not as expected.
check_shape() {
  local wrong
  wrong=$(jq -nr --slurpfile verbs "$BUNDLE/verbs.json" '
    def expect(ok; place; found; expected): if ok then empty else "\(place): found \(found | tojson), expected \(expected)" end;
    def listed: if length < 2 then join("") else "\(.[:-1] | join(", ")) or \(.[-1])" end;
    # A list in the order of the file: `keys` would sort it.
    ($verbs[0].granted | keys_unsorted) as $known |
    # Read by hand: an empty input would otherwise be no error.
    input | first(
      expect(type == "object"; "grant"; type; "an object"),
      expect(.verb | IN($known[]); ".verb"; .verb; $known | listed),
      ($verbs[0].granted[.verb] as $row | $row.roles | index("control-plane") == null) as $apart |
      ($verbs[0].granted[.verb].needs) as $needs | (
        expect(.node.schema == 1; ".node.schema"; .node.schema; "1, which this program knows"),
        expect(.machine | (.name | type) == "string" and (.address | type) == "string"; ".machine"; .machine; "a name and an address"),
        # It may say more of itself than the roster does; a worker or a balancer is in none.
        expect(.machine as $own | .roster | type == "array"
            and ($apart and length > 0 or any(.[]; .name == $own.name and .address == $own.address));
          ".roster"; .roster; if $apart then "every control-plane machine" else "every machine, this one included" end),
        expect(($needs | index("documents") == null) or (.kubeadm | (.init | type) == "array" and (.join | type) == "object");
          ".kubeadm"; .kubeadm | type; "init and join documents"),
        # A worker never holds what makes a control plane.
        expect(($apart | not) or .pki == null; ".pki"; "keys"; "none on a machine of this role"),
        expect(($needs | index("join document") == null) or (.kubeadm.join | type == "object" and (has("controlPlane") | not));
          ".kubeadm.join"; .kubeadm.join | type; "the join document of a worker"),
        expect(($needs | index("invitation") == null) or (.invitation | (.token | type == "string" and test("^[a-z0-9]{6}\\.[a-z0-9]{16}$"))
            and (.caHash | type == "string" and test("^sha256:[0-9a-f]{64}$")));
          ".invitation"; .invitation | type; "a token and the hash of the CA, as \u0027mint\u0027 returns them"),
        expect(($needs | index("answer key") == null) or (.answerKey | type == "string" and test("^[A-Za-z0-9+/]{43}=$"));
          ".answerKey"; .answerKey | type; "32 bytes in base64 to encrypt the answer with"),
        expect(($needs | index("kubeconfig") == null) or (.kubeconfig | (.user | type == "string" and test("^[A-Za-z0-9:._@-]+$"))
            and (.groups | type == "array" and length > 0 and all(.[]; type == "string" and test("^[A-Za-z0-9:._@-]+$")))
            and (.hours | type == "number" and . >= 1 and . == floor) and (.generation | . == null or type == "number"));
          ".kubeconfig"; .kubeconfig; "a user, groups and hours"),
        expect(($needs | index("nodes") == null) or (.nodes | (.names | type == "array" and all(.[]; type == "string" and test("^[a-z0-9.-]+$")))
            and (.labels | type) == "object" and (.taints | type) == "array");
          ".nodes"; .nodes; "names, labels and taints"),
        expect(($needs | index("authorities") == null) or (.authorities | (.generation | type) == "number" and (.step | IN("trust", "sign", "forget")));
          ".authorities"; .authorities | type; "a generation and its step"),
        # Who is not named has to leave, so the control plane is always named.
        expect(($needs | index("staying") == null) or (.staying | type == "array" and all(.[]; type == "string" and test("^[a-z0-9.-]+$")))
            and ([.roster[].name] - .staying == []);
          ".staying"; .staying; "the names of all machines that stay, the roster\u0027s among them"),
        expect(.generation | . == null or (type == "number" and . >= 0 and . <= 1000000 and . == floor);
          ".generation"; .generation; "a whole number from 0 to 1000000"),
        expect(($needs | index("backup") == null) or .restore != null; ".restore"; .restore; "the backup to restore"),
        expect(.restore == null or (.restore | (.generation | type) == "number" and (.from.kind | IN("machine", "directory", "sftp", "s3", "file"))
            and (.from.kind == "file" or (.password | type) == "string") and (.snapshot | type) == "string");
          ".restore"; .restore | type; "a generation, a store with its password, and a snapshot"),
        expect(.backups == null or (.backups | (.hours | type) == "number" and (.keep | type) == "number" and (.password | type) == "string"
            and (.stores | type) == "array" and all(.stores[]; .kind | IN("machine", "directory", "sftp", "s3")));
          ".backups"; .backups | type; "hours, how many to keep, a password and stores"),
        ((.files // {}) | to_entries[] | expect(
          (.value | type) == "string" and (.key | test("^/etc/rackplane/(patches|apiserver)/[A-Za-z0-9_][A-Za-z0-9._+-]*$"));
          ".files"; .key; "text below /etc/rackplane/patches/ or /etc/rackplane/apiserver/")),
        empty),
      empty)' "$1" 2>&1) || wrong="grant: not JSON"
  [ -z "$wrong" ] || die grant "standard input: $wrong; send a grant made by this version of the product ('pulumi up')"
}

# check_program FILE: dies when the grant was made for another program than this one.
check_program() {
  local wanted found
  verb_says writesFacts "$1" || return 0
  wanted=$(jq -r '.program // "none"' "$1")
  found=$(program_hash "$BUNDLE") || found=none
  [ "$wanted" = "$found" ] ||
    die grant "standard input: .program: found $wanted, expected $found, the SHA-256 of this program; run 'pulumi up', which sends program and grant of one version"
}

# check_machine FILE: dies when the grant was meant for another machine.
check_machine() {
  local name address host
  { read -r name && read -r address; } < <(jq -r '.machine | .name, .address' "$1")
  host=$(uname -n)
  [ "${host%%.*}" = "$name" ] ||
    die grant "this machine is called $host, the grant is for $name; check the machine's address in the program, or rename it ('hostnamectl set-hostname $name')"
  [ -n "$(ip -4 -o address show to "$address/32")" ] ||
    die grant "this machine has no address $address, the grant is for $name at $address; check 'ip address' here and the address in the program"
}
