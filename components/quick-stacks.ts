/**
 * Makes Pulumi's own stack traces cheap: a third of the time of a large preview is spent on them.
 *
 * The SDK takes a stack for each of its promises, to report one that never settles (runtime/debuggable.ts), and one for
 * each resource, which the state keeps whole (resource.ts, callsites). Both are translated to TypeScript's lines.
 * Promises get no stack unless PULUMI_DEBUG_PROMISE_LEAKS asks for it; a resource's stack keeps none of the
 * program's. The program imports this before everything else; the library does not import it, so that its user's traces
 * stay as they are.
 */
const translated = Error.prepareStackTrace?.bind(Error);

/**
 * The SDK's own frames before the one that made the resource. tsx names the program's places by columns of one long
 * line, which tell a person nothing; a hundred workers' would be 150 kB of the state.
 */
const FRAMES = 5;

if (translated !== undefined && process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined) {
  Error.prepareStackTrace = (error, calls): unknown => {
    const file = error.message === "" ? calls[0]?.getFileName() : undefined;
    if (file?.endsWith("/@pulumi/pulumi/runtime/debuggable.js")) return "";
    const near = file?.endsWith("/@pulumi/pulumi/resource.js") ? calls.slice(0, FRAMES) : calls;
    return translated(error, near) as unknown;
  };
}
