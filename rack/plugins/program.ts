import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";

/** `runtime.options` of Pulumi.yaml that change how the program is started. */
interface RuntimeOptions {
  /** Flags for node, separated by blanks, e.g. `--require tsx/cjs`. */
  readonly nodeargs?: string;
  /** `false`: the program is JavaScript, or nodeargs load TypeScript; else the SDK registers ts-node. */
  readonly typescript?: boolean;
}

/** The exit code by which the SDK says: I failed, and have told the user why. */
export const FAILED_AND_TOLD = 32;

function optionsOf(request: RunRequest): RuntimeOptions {
  return (request.getInfo()?.getOptions()?.toJavaScript() ?? {}) as RuntimeOptions;
}

/** The command line and environment of one run of the program. */
export function programOf(request: RunRequest, engine: string) {
  const options = optionsOf(request);
  const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const entry = request.getInfo()?.getEntryPoint() || request.getProgram() || ".";
  const flags: [string, string][] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engine],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["stack", request.getStack()],
    ["pwd", request.getPwd()],
    ["parallel", String(request.getParallel())],
  ];
  const argv = [
    ...(options.nodeargs ?? "").split(/\s+/).filter(Boolean),
    require.resolve("@pulumi/pulumi/cmd/run", { paths: [directory] }),
    ...flags.filter(([, value]) => value !== "").flatMap(([flag, value]) => [`--${flag}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    entry,
    ...request.getArgsList(),
  ];
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
  delete env.PULUMI_NODEJS_TYPESCRIPT;
  if (options.typescript !== false) env.PULUMI_NODEJS_TYPESCRIPT = "true";
  return { argv, env, cwd: request.getPwd() || directory };
}
