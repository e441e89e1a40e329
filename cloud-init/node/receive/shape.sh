# shellcheck shell=bash
# A grant is checked whole before anything on the machine changes: its shape, and that it is for here.

# check_shape FILE: dies naming the first part that is not as expected.
check_shape() {
  local wrong
  wrong=$(jq -nr '
    def expect(ok; place; found; expected): if ok then empty else "\(place): found \(found | tojson), expected \(expected)" end;
    # Read by hand: an empty input would otherwise be no error.
    input | first(
      expect(type == "object"; "grant"; type; "an object"),
      expect(.verb | IN("form", "member", "kubeconfig", "mint", "worker", "balancer");
        ".verb"; .verb; "form, member, kubeconfig, mint, worker or balancer"),
      expect(.node.schema == 1; ".node.schema"; .node.schema; "1, which this program knows"),
      expect(.machine | (.name | type) == "string" and (.address | type) == "string"; ".machine"; .machine; "a name and an address"),
      # It may say more of itself than the roster does; a worker or a balancer is in none.
      expect((.verb | IN("worker", "balancer")) as $apart | .machine as $own | .roster | type == "array"
          and ($apart and length > 0 or any(.[]; .name == $own.name and .address == $own.address));
        ".roster"; .roster; if .verb | IN("worker", "balancer") then "every control-plane machine" else "every machine, this one included" end),
      expect((.verb | IN("worker", "balancer")) or (.kubeadm | (.init | type) == "array" and (.join | type) == "object");
        ".kubeadm"; .kubeadm | type; "init and join documents"),
      # A worker never holds what makes a control plane.
      expect((.verb | IN("worker", "balancer") | not) or .pki == null; ".pki"; "keys"; "none on a machine of this role"),
      expect(.verb != "worker" or (.kubeadm.join | type == "object" and (has("controlPlane") | not));
        ".kubeadm.join"; .kubeadm.join | type; "the join document of a worker"),
      expect(.verb != "worker" or (.invitation | (.token | type == "string" and test("^[a-z0-9]{6}\\.[a-z0-9]{16}$"))
          and (.caHash | type == "string" and test("^sha256:[0-9a-f]{64}$")));
        ".invitation"; .invitation | type; "a token and the hash of the CA, as \u0027mint\u0027 returns them"),
      ((.files // {}) | to_entries[] | expect(
        (.value | type) == "string" and (.key | test("^/etc/rackplane/(patches|apiserver)/[A-Za-z0-9_][A-Za-z0-9._+-]*$"));
        ".files"; .key; "text below /etc/rackplane/patches/ or /etc/rackplane/apiserver/")),
      expect(.bundle | type == "object"; ".bundle"; .bundle | type; "files by path"),
      (.bundle | to_entries[] | expect(
        (.value | type) == "string" and (.key | test("^/opt/rackplane(/[A-Za-z0-9_][A-Za-z0-9._-]*)+$"));
        ".bundle"; .key; "text below /opt/rackplane/")),
      (.verb as $verb | .bundle as $bundle | "bin/rackplane", "lib/common.sh", "verbs/\($verb).sh" | expect(
        "/opt/rackplane/\(.)" as $path | $bundle | has($path); ".bundle"; "no /opt/rackplane/\(.)"; "the whole program")),
      empty)' "$1" 2>&1) || wrong="grant: not JSON"
  [ -z "$wrong" ] || die grant "standard input: $wrong; send a grant made by this version of the product ('pulumi up')"
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
