import type { ExternalSpec } from "../config/endpoint/external";
import type { EndpointKind } from "./endpoint-kind";

export const external: EndpointKind<ExternalSpec> = {
  announcer: ({ kind }) => ({ kind }),
  images: () => [],
  checked: endpoint => endpoint,
  secrets: () => undefined,
};
