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
      expect(.verb | IN("form", "member", "kubeconfig"); ".verb"; .verb; "form, member or kubeconfig"),
      expect(.node.schema == 1; ".node.schema"; .node.schema; "1, which this program knows"),
      expect(.machine | (.name | type) == "string" and (.address | type) == "string"; ".machine"; .machine; "a name and an address"),
      expect(.machine as $own | .roster | type == "array" and (index($own) != null); ".roster"; .roster; "every machine, this one included"),
      expect(.kubeadm | (.init | type) == "array" and (.join | type) == "object"; ".kubeadm"; .kubeadm | type; "init and join documents"),
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
