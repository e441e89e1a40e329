import { NETNS, SERVICES } from "../../rack/topology";
import { whileListening } from "./program";

const PORT = 3128;

/** Where machines find it. */
export const PROXY_URL = `http://${SERVICES.address}:${PORT}`;

/** Runs `act` while an HTTP proxy stands beside the mirrors; `asked` grows by every host and port that it reaches. */
export function withProxy<T>(act: (asked: ReadonlySet<string>) => Promise<T>): Promise<T> {
  const asked = new Set<string>();
  return whileListening(
    { namespace: NETNS.services, file: "proxy/main.ts", words: [SERVICES.address, String(PORT)] },
    line => {
      const value = line as { readonly asked: string } | { readonly listens: true };
      if ("listens" in value) return value;
      asked.add(value.asked);
      return undefined;
    },
    () => act(asked),
  );
}
