import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Diagnosis } from "../../../doctor/diagnosis";
import { doctorCommand, keepOutputs } from "../../cli/doctor";

/** The doctor on a stack whose outputs are read once: after a fault only the machines are asked anew. */
export class Examined {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-doctor-"));
  private constructor(private readonly stack: string) {}

  static async of(stack: string): Promise<Examined> {
    const examined = new Examined(stack);
    await keepOutputs(stack, examined.folder);
    return examined;
  }

  async now(): Promise<Diagnosis> {
    const [program = "", ...args] = doctorCommand(this.stack, this.folder, { json: true });
    const { stdout, stderr, exitCode } = await execa(program, args, { reject: false, stdin: "ignore" });
    if (stdout === "") throw new Error(`the doctor printed nothing and ended with ${exitCode}: ${stderr}`);
    return JSON.parse(stdout) as Diagnosis;
  }

  /** The diagnosis as soon as it is so, or the last one before the deadline. */
  async until(holds: (diagnosis: Diagnosis) => boolean, seconds: number): Promise<Diagnosis> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const diagnosis = await this.now();
      if (holds(diagnosis) || Date.now() > deadline) return diagnosis;
    }
  }

  end(): void {
    fs.rmSync(this.folder, { recursive: true });
  }
}

/** What was found, for a test's message. */
export const words = ({ first, others }: Diagnosis): string =>
  [first, ...others].map(finding => finding?.sentence ?? "nothing").join("\n");
