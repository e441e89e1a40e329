import { parse } from "yaml";

/** What ginkgo writes of a run (`--json-report`), as far as it is read here. */
interface Report {
  readonly SpecReports: readonly Spec[];
}
interface Spec {
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly State: string;
  readonly Failure?: { readonly Message?: string };
  readonly CapturedGinkgoWriterOutput?: string;
}

/** A test, or a step around all of them, that did not pass. */
export interface Failed {
  readonly name: string;
  readonly why: string;
  /** What it wrote while it ran. */
  readonly log: string;
}

/** What became of the tests that ran; those that were not asked for, or skipped themselves, are in neither. */
export interface Outcome {
  /** Whole names, sorted. */
  readonly passed: readonly string[];
  readonly failed: readonly Failed[];
}

/** Ginkgo's words for what did not run. */
const NOT_RUN: readonly string[] = ["skipped", "pending"];

/** Pure. */
export function outcomeOf(json: string): Outcome {
  const specs = (JSON.parse(json) as readonly Report[]).flatMap(({ SpecReports }) => SpecReports);
  return {
    passed: specs
      .filter(({ LeafNodeType, State }) => LeafNodeType === "It" && State === "passed")
      .map(nameOf)
      .sort(),
    failed: specs
      .filter(({ State }) => State !== "passed" && !NOT_RUN.includes(State))
      .map(spec => ({
        name: nameOf(spec),
        why: `${spec.State}: ${spec.Failure?.Message ?? "it says nothing"}`,
        log: spec.CapturedGinkgoWriterOutput ?? "",
      })),
  };
}

const nameOf = ({ ContainerHierarchyTexts, LeafNodeType, LeafNodeText }: Spec): string =>
  [...(ContainerHierarchyTexts ?? []), LeafNodeText || LeafNodeType].join(" ");

/**
 * The conformance tests of one of Kubernetes' groups, by their whole names, sorted, out of the list that its test program
 * prints. Pure.
 *
 * @param list YAML
 * @param group as a name begins: `[sig-network]`
 */
export const conformanceTests = (list: string, group: string): string[] =>
  (parse(list) as readonly { codename: string }[])
    .map(({ codename }) => codename)
    .filter(name => name.startsWith(`${group} `))
    .sort();
