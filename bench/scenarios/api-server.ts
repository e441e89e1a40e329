import execa from "execa";
import { inOps } from "../../rack/cli/operator";

/** Whether a machine's own API server is ready, asked from outside of the machine. */
export async function apiServerReady(address: string, port: number): Promise<boolean> {
  const url = `https://${address}:${port}/readyz`;
  const { exitCode } = await execa("ip", inOps(["curl", "-skf", "-m", "5", "-o", "/dev/null", url]), { reject: false });
  return exitCode === 0;
}
