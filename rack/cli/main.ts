import { Argument, Command, Option } from "commander";
import type { FailoverOptions } from "../../bench/failover/failover";
import { MEASURES, type Measure } from "../../bench/sizes/measures";
import { FAULTS } from "../faults";
import type { TestOptions } from "./test";

const program = new Command("rackplane")
  .description("Highly available Kubernetes control planes on bare metal, on this one machine")
  .showHelpAfterError()
  .enablePositionalOptions();

const stack = () =>
  new Option("--stack <name>", "a file of rack/stacks or examples, without its ending").default("rack");

program
  .command("up")
  .description("start the rack and bring the stack's control plane up")
  .addOption(stack())
  .action(async (options: { stack: string }) => (await import("./up")).up(options.stack));

program
  .command("down")
  .description("take everything of the rack away, also after a crash")
  .option("--purge", "the built tools and images, too, and the Debian packages that up installed")
  .action(async (options: { purge?: boolean }) => (await import("./down")).down(options));

program
  .command("preview")
  .description("show a stack's resource graph offline: no rack, no root")
  .addOption(stack().default("equinix-metal"))
  .action(async (options: { stack: string }) => (await import("./preview")).preview(options.stack));

program
  .command("test")
  .description("run the core suites: types, lint, unit tests, and a rack with its faults")
  .addOption(new Option("--all", "every suite").conflicts("suite"))
  .option("--suite <names>", "these suites, comma separated; * stands for any characters, as in 'kind-*'")
  .option("--within <minutes>", "afterwards as many further suites as fit into so many minutes in all")
  .option("--list", "name the suites, what each shows and its minutes")
  .option("--json", "with --list: for programs")
  .action(async ({ list, json, ...options }: TestOptions & { list?: boolean; json?: boolean }) => {
    const cli = await import("./test");
    if (list) cli.list(json === true);
    else await cli.test(options);
  });

program
  .command("check")
  .description("types, lint and form of every file, in about a minute: no rack, no root")
  .action(async () => (await import("./check")).check());

program
  .command("format")
  .description("bring every file into its one form")
  .action(async () => (await import("./check")).format());

program
  .command("measure")
  .description(
    `measure a size without a rack: ${Object.entries(MEASURES)
      .map(([name, { what }]) => `${name} (${what})`)
      .join("; ")}`,
  )
  .addArgument(new Argument("<size>").choices(Object.keys(MEASURES)))
  .action(async (size: Measure) => {
    const { measure } = await import("../../bench/sizes/measure");
    await measure(size);
  });

program
  .command("times")
  .description("measure how long up takes by its phases, up again, and kubeadm by hand on the same machines (root)")
  .option("--cold", "first an up with nothing built or fetched before: a quarter of an hour more")
  .action(async (options: { cold?: boolean }) => {
    const { measureTimes } = await import("../../bench/times/times");
    for await (const figures of measureTimes(options.cold === true)) process.stdout.write(`${figures}\n`);
  });

program
  .command("bench")
  .description("measure what a failure costs")
  .command("failover")
  .description(
    "break each kind of endpoint by each fault under traffic: outage, watches, writes, back to whole; takes the rack (root)",
  )
  .option("--kind <names>", "these ways to hold the VIP, comma separated; every one without it")
  .option("--fault <names>", "these faults, comma separated; every one that can happen without it")
  .option("--runs <count>", "of each fault at each kind", "1")
  .option("--json <file>", "keep every run in a file, written after each")
  .option("--against <file>", "compare with a file that was kept earlier")
  .option("--docs", "write the figures into docs/failover.md")
  .action(async (options: FailoverOptions) => {
    const { benchFailover } = await import("../../bench/failover/failover");
    await benchFailover(options);
  });

program
  .command("status")
  .description("machines, nodes, endpoint and etcd as they are now")
  .option("--json", "for programs")
  .action(async (options: { json?: boolean }) => {
    const { describe, status } = await import("./status");
    const now = await status();
    process.stdout.write(`${options.json ? JSON.stringify(now, undefined, 2) : describe(now)}\n`);
  });

program
  .command("doctor")
  .description("look for faults over SSH and name the first one, with what mends it")
  .addOption(stack())
  .option("--json", "for programs")
  .action(async (options: { stack: string; json?: boolean }) => {
    process.exitCode = await (await import("./doctor")).doctor(options.stack, options);
  });

program
  .command("kubectl")
  .description("kubectl against the endpoint, from inside the rack")
  .argument("[args...]")
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .action(async (args: string[]) => {
    process.exitCode = await (await import("./operator")).interactiveKubectl(args);
  });

program
  .command("ssh")
  .description("log in to a machine, or run a command there")
  .argument("<machine>")
  .argument("[command...]")
  .passThroughOptions()
  .allowUnknownOption()
  .action(async (machine: string, command: string[]) => {
    process.exitCode = await (await import("./operator")).interactiveSsh(machine, command);
  });

program
  .command("logs")
  .description("a machine's own account: boot steps, membership, announcer")
  .argument("<machine>")
  .option("-n, --lines <count>", "journal lines", "200")
  .action(async (machine: string, options: { lines: string }) => {
    const units = ["rackplane-prepare", "rackplane-form", "rackplane-join", "rackplane-member", "rackplane-announcer"];
    process.exitCode = await (
      await import("./operator")
    ).interactiveSsh(machine, [
      "journalctl",
      "--no-pager",
      "-o",
      "short-iso",
      "-n",
      String(Number(options.lines)),
      ...units.flatMap(u => ["-u", u]),
    ]);
  });

program
  .command("pulumi")
  .description("pulumi on a stack of the rack, from inside the rack")
  .addOption(stack())
  .argument("[args...]")
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .action(async (args: string[], options: { stack: string }) => {
    const { pulumi, selectStack } = await import("./pulumi");
    await selectStack(options.stack);
    process.exitCode = await pulumi(options.stack, args);
  });

program
  .command("fail")
  .description(`break something: ${FAULTS.map(f => `${f.name} (${f.what})`).join("; ")}`)
  .argument("<fault>")
  .argument("<target>", "a machine, or switch-a or switch-b")
  .action(async (fault: string, target: string) => {
    const client = await import("../daemon/client");
    await client.prepareFault(fault, target);
    await client.inject(fault, target);
  });

program
  .command("heal")
  .description("end a fault")
  .argument("<fault>")
  .argument("<target>", "a machine, or switch-a or switch-b")
  .action(async (fault: string, target: string) => {
    const client = await import("../daemon/client");
    await client.heal(fault, target);
    await client.tidyFault(fault, target);
  });

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`rackplane: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.RACKPLANE_TRACE && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  process.exitCode = 1;
});
