import * as net from "node:net";

/** Servers on loopback that say they are SSH servers, for as long as `act` runs. */
export async function withGreeters<T>(
  at: readonly { readonly host: string; readonly port: number }[],
  act: (ports: readonly number[]) => Promise<T>,
): Promise<T> {
  const servers: net.Server[] = [];
  try {
    for (const { host, port } of at) servers.push(await listening(host, port));
    return await act(servers.map(server => (server.address() as net.AddressInfo).port));
  } finally {
    for (const server of servers) server.close();
  }
}

function listening(host: string, port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer(socket => {
      // The program hangs up as soon as it has read this.
      socket.on("error", () => undefined);
      socket.end("SSH-2.0-canned\r\n");
    });
    server.once("error", error =>
      reject(
        new Error(
          `${host} port ${port}: cannot listen there (${error.message}), expected to; ports below 1024 need root`,
        ),
      ),
    );
    server.listen(port, host, () => resolve(server));
  });
}
