import * as fs from "node:fs";
import * as path from "node:path";
import { joinRackCgroup } from "../machines/cgroups";
import { raiseHostSettings } from "../machines/host-settings";
import { namespaceMachines } from "../machines/namespace-machines";
import { metalApi } from "../metal-api/api";
import { Store } from "../metal-api/store";
import { metadataService } from "../metadata/service";
import { registryStorage, startRegistry } from "../mirrors";
import { startNameServer } from "../network/name-server";
import { shareSwitches } from "../network/shared-switches";
import { birdSwitches } from "../network/switches";
import { OPERATOR_KEY, RACK_CA } from "../setup/certificates";
import { diskImage } from "../setup/prepare";
import { readSecret } from "../setup/secrets";
import { cacheDir, NETNS, REGISTRY_PORT, SERVICES, STATE_DIR } from "../topology";
import { BareMachines } from "./bare-machines";
import { BareSessions } from "./bare-sessions";
import { control } from "./control";
import { serveHosts } from "./hosts";
import { packageMirror } from "./package-mirror";

/**
 * The rack's daemon: keeps the machines, and answers as the Metal API, the metadata service, the
 * package and image mirrors, and the operator's control socket.
 */
async function main(): Promise<void> {
  joinRackCgroup();
  raiseHostSettings();
  const store = new Store(path.join(STATE_DIR, "metal.json"));
  const machines = namespaceMachines({
    image: diskImage,
    caCertificate: fs.readFileSync(RACK_CA, "utf8"),
    onChange: (record, power, why) => process.stdout.write(`${record.hostname} ${power}: ${why}\n`),
  });
  await machines.adopt();
  const switches = birdSwitches();
  await switches.start();
  const party = shareSwitches(switches);
  const sessions = new BareSessions(party());
  await sessions.restore();
  await startNameServer({
    coredns: path.join(cacheDir(), "bin", "coredns"),
    folder: path.join(STATE_DIR, "name-server"),
    netns: NETNS.router,
    reached: SERVICES.gateway,
  });
  await startRegistry({ address: SERVICES.address, port: REGISTRY_PORT, storage: registryStorage(cacheDir()) });
  await serveHosts({
    "api.equinix.com": metalApi({ machines, switches: party(), store, token: readSecret("metal-token") }),
    "metadata.platformequinix.com": metadataService({ store }),
    "pkgs.k8s.io": await packageMirror(),
  });
  const bare = new BareMachines(machines, () => fs.readFileSync(`${OPERATOR_KEY}.pub`, "utf8"));
  await control({ machines, switches, bare, sessions });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
