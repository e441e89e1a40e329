/**
 * Makes Pulumi's own stack traces cheap: a third of the time of a large preview is spent on them.
 *
 * The SDK takes a stack for each of its promises, to tell of one that never settles (runtime/debuggable.ts), and for
 * each resource, which it keeps whole in the state (resource.ts, callsites); both are translated to TypeScript's lines.
 * The first are left out, unless PULUMI_DEBUG_PROMISE_LEAKS asks for them; of the second the nearest callers stay.
 * Imported before everything else by the program; a library leaves its user's traces alone.
 */
const translated = Error.prepareStackTrace?.bind(Error);

/** Frames of the SDK's own before the one that made the resource, and two of the program's. */
const FRAMES = 8;

if (translated !== undefined && process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined) {
  Error.prepareStackTrace = (error, calls): unknown => {
    const file = error.message === "" ? calls[0]?.getFileName() : undefined;
    if (file?.endsWith("/@pulumi/pulumi/runtime/debuggable.js")) return "";
    const near = file?.endsWith("/@pulumi/pulumi/resource.js") ? calls.slice(0, FRAMES) : calls;
    return translated(error, near) as unknown;
  };
}
