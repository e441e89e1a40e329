import { run } from "../command";
import { NETNS } from "../topology";

/**
 * Applies packet filter rules in the router, all or none.
 *
 * @param rootfs the machines' root file system, whose `nft` serves: the host may have none
 */
export async function nft(rules: string, rootfs: string): Promise<void> {
  await run(["ip", "netns", "exec", NETNS.router, "chroot", rootfs, "nft", "-f", "-"], { input: rules });
}
