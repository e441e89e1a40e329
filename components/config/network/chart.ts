import { parse } from "yaml";
import { z } from "zod";
import { passthrough } from "../kubernetes/passthrough";
import { expandHome, type FileReader } from "../ssh";
import { checkedText, whole } from "../values/forms";
import type { JsonObject } from "../values/json";
import { describe, problem, type Path, type Problem } from "../values/problems";
import { isRecord, judged, type Partly, type Reading } from "../values/section";
import { RANGE_FIELDS, type NetworkRangesArgs, type NetworkRangesSpec } from "./ranges";

/** Where a Helm chart comes from. Without network: a mirror of the repository, or the chart itself. */
export interface ChartArgs {
  /**
   * The chart's exact version.
   * @default "1.18.4" of Cilium, "v3.31.5" of Calico
   */
  version?: string;
  /**
   * A mirror of the Helm repository: `https://`, `http://`, or `oci://`, where the chart lies below by its name.
   * @default the project's own repository
   * @example "https://mirror.example.com/charts"
   */
  repository?: string;
  /**
   * The chart itself, in place of a repository: a folder or a `.tgz` archive. A relative path begins at the program,
   * where `Pulumi.yaml` lies.
   * @example "charts/cilium-1.18.4.tgz"
   */
  path?: string;
}

/** What every pod network from a chart has. */
export interface ChartedNetworkArgs extends NetworkRangesArgs {
  /**
   * MTU of the machines' network in bytes, 1330 to 9216. Pods get 50 less, which the tunnel between machines takes.
   * @default that of the machines' interface, as the network finds it
   */
  mtu?: number;
  chart?: ChartArgs;
  /**
   * Further values of the chart, laid over the program's own, object by object; lists are replaced. What other settings
   * give is refused here. Not for secrets: the state has them in plain text.
   * @default {}
   * @example { hubble: { relay: { enabled: true } } }
   */
  values?: Record<string, unknown>;
}

/** The complete form of {@link ChartArgs}: a repository and a version, or a path. */
export type ChartSpec =
  | { readonly name: string; readonly version: string; readonly repository: string }
  | { readonly name: string; readonly path: string };

/** The complete form of {@link ChartedNetworkArgs}. */
export interface ChartedNetworkSpec extends NetworkRangesSpec {
  readonly mtu?: number;
  readonly chart: ChartSpec;
  readonly values: JsonObject;
}

/** The chart of one kind of pod network. */
export interface ChartFacts {
  readonly name: string;
  /** The chart's version that this program's values were made for. */
  readonly version: string;
  readonly repository: string;
  /** Versions that the values fit, in words, and the reason against one. */
  readonly versions: { readonly words: string; readonly fits: (version: string) => boolean };
  /** Values that other settings give, by path, e.g. `ipam.mode`, and the setting, for a person. */
  readonly given: Readonly<Record<string, string>>;
}

const REPOSITORY = 'a URL with https://, http:// or oci://, such as "https://mirror.example.com/charts"';

/** The fields of a section that is a chart's. */
export const chartFields = ({ name, versions }: ChartFacts) => ({
  ...RANGE_FIELDS,
  mtu: whole("the MTU of the machines' network in bytes", 1330, 9216).optional(),
  chart: z
    .object({
      version: checkedText(`an exact version in quotes, ${versions.words}`, version =>
        versions.fits(version)
          ? undefined
          : `found ${JSON.stringify(version)}, expected an exact version, ${versions.words}; the values fit these`,
      ).optional(),
      repository: checkedText(REPOSITORY, url =>
        /^(https?|oci):\/\/[^\s/@]+(\/[^\s?#]*)?$/.test(url)
          ? undefined
          : `found ${describe(url)}, expected ${REPOSITORY}`,
      ).optional(),
      path: checkedText("a folder or an archive", path =>
        path.trim() === "" ? `found an empty text, expected the chart ${name}: a folder or a .tgz archive` : undefined,
      ).optional(),
    })
    .strict()
    .default({}),
  values: passthrough(`the chart ${name}`, "{ priorityClassName: high }").default({}),
});

export interface ChartSection {
  readonly chart: { readonly version?: string; readonly repository?: string; readonly path?: string };
  readonly values: JsonObject;
}

/** What is wrong with a chart's fields beside one another. */
function chartProblems(
  { chart = {}, values }: Partly<ChartSection>,
  { path, facts, readFile }: { readonly path: Path; readonly facts: ChartFacts; readonly readFile: FileReader },
): Problem[] {
  const at = [...path, "chart"];
  return [
    ...(chart.path === undefined
      ? []
      : [
          ...(["version", "repository"] as const).flatMap(key =>
            chart[key] === undefined
              ? []
              : [problem([...at, key], "found chart.path too, which needs none; leave one of the two out")],
          ),
          ...localChartProblems(chart.path, { path: [...at, "path"], name: facts.name, readFile }),
        ]),
    ...givenProblems(values, facts.given, [...path, "values"]),
  ];
}

function localChartProblems(
  chart: string,
  { path, name, readFile }: { readonly path: Path; readonly name: string; readonly readFile: FileReader },
): Problem[] {
  const archive = /\.t(ar\.)?gz$/.test(chart);
  try {
    const text = readFile(expandHome(archive ? chart : `${chart}/Chart.yaml`));
    if (archive) return [];
    const described: unknown = parse(text);
    const found = isRecord(described) ? described.name : undefined;
    return found === name ? [] : [problem(path, `found a chart called ${describe(found)}, expected ${name}`)];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      problem(
        path,
        `cannot read ${JSON.stringify(chart)} (${why}); expected the chart ${name}: a folder with Chart.yaml, or a .tgz archive`,
      ),
    ];
  }
}

/** A value that another setting gives would be written twice, and one of them would be lost. */
const givenProblems = (values: unknown, given: ChartFacts["given"], path: Path): Problem[] =>
  Object.entries(given).flatMap(([key, setting]) => {
    const way = key.split(".");
    const found = way.reduce<unknown>((value, step) => (isRecord(value) ? value[step] : undefined), values);
    return found === undefined
      ? []
      : [problem([...path, ...way], `found ${describe(found)}, expected it left out: it comes from ${setting}`)];
  });

/** The chart as it is had. */
const completeChart = ({ version, repository, path }: ChartSection["chart"], facts: ChartFacts): ChartSpec =>
  path === undefined
    ? {
        name: facts.name,
        version: version ?? facts.version,
        repository: (repository ?? facts.repository).replace(/\/+$/, ""),
      }
    : { name: facts.name, path: expandHome(path) };

/** Reads the section of a pod network from a chart, whose fields begin with {@link chartFields}. */
export const readCharted = <Section extends ChartSection>(
  reading: Reading<Section>,
  from: Parameters<typeof chartProblems>[1],
): Reading<Omit<Section, "chart"> & { readonly chart: ChartSpec }, Section> =>
  judged(reading, chartProblems(reading.partial as Partly<ChartSection>, from), ({ chart, ...section }) => ({
    ...section,
    chart: completeChart(chart, from.facts),
  }));
