/** `[host[:port]/]path:tag[@sha256:digest]` (distribution/reference). */
const REFERENCE = /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9._/-]+(?::([\w][\w.-]{0,127}))?(?:@sha256:[0-9a-f]{64})?$/;

export const IMAGE = 'an image with its version, such as "registry.example.com/name:v1.2.3"';

/** The reason against an image reference; `tagProblem` judges its tag further. */
export function imageProblem(image: string, tagProblem?: (tag: string) => string | undefined): string | undefined {
  const match = REFERENCE.exec(image);
  if (match === null) return `found ${JSON.stringify(image)}, expected ${IMAGE}`;
  const tag = match[1];
  if (tag === undefined) return `found "${image}", which names no version; expected ${IMAGE}`;
  if (tag === "latest") return `found "${image}", which moves; expected ${IMAGE}`;
  return tagProblem?.(tag);
}
