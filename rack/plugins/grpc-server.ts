import * as grpc from "@grpc/grpc-js";

/** A promise-returning function as a unary gRPC handler. */
export function unary<Request, Reply>(
  answer: (request: Request) => Promise<Reply>,
): grpc.handleUnaryCall<Request, Reply> {
  return (call, reply) => {
    answer(call.request).then(
      value => reply(null, value),
      (error: unknown) => reply(describeError(error)),
    );
  };
}

function describeError(error: unknown): Partial<grpc.StatusObject> {
  return { code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** Assets and states may be large; gRPC's own limit is 4 MB. */
const LARGEST_MESSAGE = 400 * 1024 * 1024;

export const newServer = (): grpc.Server =>
  new grpc.Server({ "grpc.max_receive_message_length": LARGEST_MESSAGE, "grpc.max_send_message_length": -1 });

/** Serves on a loopback port, prints the port as the engine expects it, and ends when the engine is gone. */
export function serveToEngine(server: grpc.Server): void {
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
      process.stderr.write(`no loopback port to serve on: ${error.message}\n`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });
  // A killed engine leaves no other sign than a change of parent.
  const engine = process.ppid;
  setInterval(() => process.ppid === engine || process.exit(0), 1000).unref();
}

/** The engine passes its address as the first argument that is no flag. */
export const engineAddress = (argv: readonly string[] = process.argv.slice(2)): string | undefined =>
  argv.find(argument => !argument.startsWith("-"));
