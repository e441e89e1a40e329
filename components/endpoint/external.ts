import type { ExternalSpec } from "../config/external";
import type { EndpointKind } from "./kind";

export const external: EndpointKind<ExternalSpec> = {
  announcer: ({ kind }) => ({ kind }),
  images: () => [],
  secrets: () => undefined,
};
