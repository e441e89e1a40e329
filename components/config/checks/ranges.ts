import { problem } from "../values/problems";
import { overlap, parseRange, podRoomProblem } from "../values/ranges";
import { networkOf, type Check } from "./given";

/** Ranges of addresses that are too small, or overlap. */
export const ranges: Check = given => {
  const network = networkOf(given);
  const room = podRoomProblem(network.podCidr ?? "", given.count ?? 1);
  const all = (["podCidr", "serviceCidr", "machineCidr"] as const).map(key => ({
    key,
    text: network[key] ?? "",
    range: parseRange(network[key] ?? ""),
  }));
  return [
    ...(room === undefined ? [] : [problem(["network", "podCidr"], room)]),
    ...all.flatMap((one, i) =>
      all.slice(i + 1).flatMap(other => {
        if (one.range === undefined || other.range === undefined || !overlap(one.range, other.range)) return [];
        return [
          problem(
            ["network", other.key],
            `found "${other.text}", which overlaps network.${one.key} "${one.text}"; expected ranges apart, choose another`,
          ),
        ];
      }),
    ),
  ];
};
