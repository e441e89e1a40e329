import * as net from "node:net"; import * as fs from "node:fs";
import { vmImage } from "./vm/image"; import { bootVm } from "./vm/vm";
import { installTools } from "./setup/tools"; import { buildDisks, buildMirrors } from "./setup/prepare"; import { rootfs } from "./machines/rootfs";
void (async () => {
  const say = (l: string) => console.log(l);
  await installTools(say); await rootfs(say); await buildMirrors(say); await buildDisks(say);
  const vm = await bootVm(await vmImage(say)); console.log("booted", vm.processorSeconds());
  fs.rmSync("/tmp/vm/ctl.sock", { force: true });
  net.createServer(s => { s.on("error", () => undefined); let b = ""; s.on("data", d => { b += d; if (b.endsWith("\n")) { const c = Buffer.from(b, "base64").toString(); b = "";
    vm.run(c, { seconds: 7200, say: l => s.write("|" + l + "\n") }).then(r => { s.write("=" + r.code + " cpu " + vm.processorSeconds() + "\n"); s.end(); }, e => { console.log(e); process.exit(1); }); } }); }).listen("/tmp/vm/ctl.sock");
  process.on("SIGTERM", () => void vm.off().then(() => process.exit(0)));
})();
