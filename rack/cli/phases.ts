/** Names each phase as it begins and prints how long each took at the end. */
export class Phases {
  private readonly done: { name: string; seconds: number }[] = [];
  private readonly begin = Date.now();

  async phase<T>(name: string, work: (say: (line: string) => void) => Promise<T>): Promise<T> {
    process.stdout.write(`── ${name}\n`);
    const begin = Date.now();
    const result = await work(line => process.stdout.write(`   ${line}\n`));
    this.done.push({ name, seconds: (Date.now() - begin) / 1000 });
    return result;
  }

  get seconds(): number {
    return (Date.now() - this.begin) / 1000;
  }

  report(): string {
    const rows = [...this.done, { name: "all", seconds: this.seconds }];
    return rows.map(({ name, seconds }) => `  ${seconds.toFixed(1).padStart(7)} s  ${name}`).join("\n");
  }
}
