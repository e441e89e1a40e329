import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "./provider";

const SEVERITY = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
} as const;

/** Lines for the engine's display, in order. */
export class EngineLog {
  private engine: EngineClient | undefined;
  // Log is a unary call: calls that do not wait for each other arrive out of order.
  private sent: Promise<void> = Promise.resolve();

  attach(address: string): void {
    this.engine = new EngineClient(address, grpc.credentials.createInsecure());
  }

  write(urn: string, message: string, severity: Severity = "info", ephemeral = false): void {
    const request = new LogRequest();
    request.setUrn(urn);
    request.setMessage(message);
    request.setSeverity(SEVERITY[severity]);
    request.setEphemeral(ephemeral);
    this.sent = this.sent.then(() => this.send(request));
  }

  /** Settles when every line so far has arrived. Await it before a reply, or the engine shows lines after the end. */
  flush(): Promise<void> {
    return this.sent;
  }

  private send(request: LogRequest): Promise<void> {
    return new Promise(resolve => {
      if (this.engine === undefined) return resolve();
      // An engine that has gone away is no reason to fail the work.
      this.engine.log(request, () => resolve());
    });
  }
}
