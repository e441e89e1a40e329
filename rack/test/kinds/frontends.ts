import { expect, test } from "vitest";
import { output } from "../../command";
import { inOps, onMachine } from "../../cli/operator";
import { readStackFile } from "../../cli/stack-file";
import { figure, rackplane } from "../../../bench/rack";
import { masters } from "../../../bench/scenarios/growth";
import type { KindCase } from "../../../bench/scenarios/kinds";
import { upProbed } from "../../../bench/scenarios/edits";
import { withStackFile } from "../../../bench/scenarios/stack-edit";

const FURTHER = `    frontends:
      - { name: api-too, port: 8443, targets: controlPlane, targetPort: 6443 }
      - { name: mirror, port: 5000, targets: ["192.0.2.2:5000"], check: false }
    statistics: { port: 8080 }
    connectionLog: true
`;
const further = (text: string) => text.replace(/^( *virtualRouterId: .*\n)/m, `$1${FURTHER}`);
/** Longest outage of the endpoint that an edit may make, in seconds: a reload makes none. */
const UNSEEN = 1;

const asked = (url: string) =>
  output(["ip", ...inOps(["curl", "-sk", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", url])]).catch(
    () => "none",
  );

/** The pair fronts more than the API, shows what it does, and drops it again, while nobody notices. */
export function frontsMore(kind: KindCase): void {
  const vip = () => readStackFile(kind.stack).endpoint.address ?? "";
  const lbs = () => readStackFile(kind.stack).hosts.filter(({ role }) => role === "balancer");
  const upWith = (edit: (text: string) => string) =>
    upProbed(() => withStackFile(kind.stack, edit, () => rackplane("up", "--stack", kind.stack)));

  test("takes further ports, statistics and a log by a reload that nobody notices", async () => {
    const before = await masters(kind);
    const { up, outcome } = await upWith(further);
    expect(up.code, up.output.slice(-4000)).toBe(0);
    figure("frontends come, asked from outside", JSON.stringify(outcome));
    expect(outcome.outageSeconds).toBeLessThanOrEqual(UNSEEN);
    expect(await masters(kind)).toEqual(before);
    expect(await asked(`https://${vip()}:8443/livez`)).toBe("200");
    expect(await asked(`http://${vip()}:5000/v2/`)).toBe("200");
    for (const { address } of lbs()) expect(await asked(`http://${address}:8080/haproxy?stats`)).toBe("200");
    expect(await asked(`http://${vip()}:8080/haproxy?stats`)).toBe("none");
    const logs = await Promise.all(
      kind.balancers.map(name =>
        onMachine(name, ["journalctl -u rackplane-haproxy -o cat --no-pager | grep -c further-api-too"]).catch(
          () => "0",
        ),
      ),
    );
    expect(logs.map(Number).reduce((sum, one) => sum + one)).toBeGreaterThan(0);
    const again = await withStackFile(kind.stack, further, () => rackplane("up", "--stack", kind.stack));
    expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
  });

  test("refuses a port that something else has on one of the two, which stays as it was", async () => {
    const [machine = ""] = kind.balancers;
    const listener =
      "perl -MIO::Socket::INET -e '@s = (IO::Socket::INET->new(LocalPort => 9443, Listen => 5) or die); sleep 600'";
    await onMachine(machine, [`systemd-run --quiet --unit other-server ${listener}`]);
    const before = await onMachine(machine, ["cat /etc/rackplane/haproxy.cfg"]);
    const { up, outcome } = await upWith(text => further(text).replace("port: 8443", "port: 9443"));
    await onMachine(machine, ["systemctl stop other-server"]);
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(
      new RegExp(`${machine}: port 9443 is taken here: found users:.*perl.*nothing was changed`, "s"),
    );
    figure("a frontend's port is taken, asked from outside", JSON.stringify(outcome));
    expect(outcome.outageSeconds).toBeLessThanOrEqual(UNSEEN);
    expect(await onMachine(machine, ["cat /etc/rackplane/haproxy.cfg"])).toBe(before);
  });

  test("refuses to turn SNMP on, at which keepalived would end and take the VIP along", async () => {
    const { up, outcome } = await upWith(text => further(text).replace("connectionLog: true", "snmpTraps: true"));
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/endpoint\.snmpTraps: found true, expected false/);
    expect(outcome.outageSeconds).toBeLessThanOrEqual(UNSEEN);
  });

  test("gives all of it up again", async () => {
    const { up, outcome } = await upWith(text => `${text}\n`);
    expect(up.code, up.output.slice(-4000)).toBe(0);
    figure("frontends go, asked from outside", JSON.stringify(outcome));
    expect(outcome.outageSeconds).toBeLessThanOrEqual(UNSEEN);
    expect(await asked(`https://${vip()}:8443/livez`)).toBe("none");
    for (const name of kind.balancers)
      expect(await onMachine(name, ["grep -E 'further|statistics' /etc/rackplane/haproxy.cfg; true"])).toBe("");
  });
}
