/** systemd's units whose processes download: the preparation itself, and what pulls the images of pods. */
const DOWNLOADING_UNITS = ["containerd", "rackplane-prepare"];

/**
 * The environment of a process that downloads through a proxy. In lower case, which apt, curl and Go's programs all read
 * (curl reads no `HTTP_PROXY`, since a web server's clients could set it).
 */
export function downloadEnvironment({ url, except }: { url: string; except: readonly string[] }): string {
  const direct = ["localhost", "127.0.0.1", "::1", ...except].join(",");
  return `http_proxy=${url} https_proxy=${url} no_proxy=${direct}`;
}

/** What gives those units the environment, by path. grant/lib/proxy.sh writes the same to a machine that has booted. */
export const proxyDropIns = (environment: string): { path: string; content: string }[] =>
  DOWNLOADING_UNITS.map(unit => ({
    path: `/etc/systemd/system/${unit}.service.d/50-rackplane-proxy.conf`,
    content: `[Service]\nEnvironment=${environment}\n`,
  }));
