/**
 * A Node language host. The one that comes with the CLI cannot be had here, and its last library release
 * proxies the resource monitor and lacks newer calls (hooks fail with "unknown method"): this one hands the
 * engine's own monitor address to the program.
 */
import { spawn } from "node:child_process";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { engineAddress, newServer, serveToEngine, unary } from "./grpc-server";
import { FAILED_AND_TOLD, programOf } from "./program";

async function run(request: pb.RunRequest): Promise<pb.RunResponse> {
  const { argv, env, cwd } = programOf(request, engineAddress() ?? "");
  const program = spawn(process.execPath, argv, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
  const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    program.on("error", reject);
    program.on("close", (code, signal) => resolve({ code, signal }));
  });
  const response = new pb.RunResponse();
  if (ended.code === FAILED_AND_TOLD) response.setBail(true);
  else if (ended.code !== 0) {
    response.setError(
      ended.signal ? `the program was killed by ${ended.signal}` : `the program ended with exit code ${ended.code}`,
    );
  }
  return response;
}

const server = newServer();
server.addService(LanguageRuntimeService, {
  handshake: unary(async () => new pb.LanguageHandshakeResponse()),
  getPluginInfo: unary(async () => {
    const info = new PluginInfo();
    info.setVersion("3.217.0");
    return info;
  }),
  // Empty: plugins are found by PATH when a resource asks for them, so nothing is looked for on the network.
  getRequiredPlugins: unary(async () => new pb.GetRequiredPluginsResponse()),
  getRequiredPackages: unary(async () => new pb.GetRequiredPackagesResponse()),
  runtimeOptionsPrompts: unary(async () => new pb.RuntimeOptionsResponse()),
  getProgramDependencies: unary(async () => new pb.GetProgramDependenciesResponse()),
  about: unary(async () => {
    const about = new pb.AboutResponse();
    about.setExecutable(process.execPath);
    about.setVersion(process.version);
    return about;
  }),
  cancel: unary(async () => new Empty()),
  run: unary(run),
});
serveToEngine(server);
