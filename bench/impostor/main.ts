import { impostor } from "./server";

/** HOST PORT: runs the impostor until it is ended; standard output is a line of JSON for its start and all it hears. */
const [host = "", port = ""] = process.argv.slice(2);
const line = (value: object) => void process.stdout.write(`${JSON.stringify(value)}\n`);

void impostor({ host, port: Number(port) }, line).then(({ hostKey }) => line({ hostKey }));
