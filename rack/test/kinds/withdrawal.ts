import { expect, test } from "vitest";
import { onMachine } from "../../cli/operator";
import { fail, heal, until } from "../../../bench/rack";
import { apiServerOf, well, type KindCase } from "../../../bench/scenarios/kinds";

/** A machine that cannot serve keeps nothing of the VIP: its own calls to the endpoint would end at itself. */
export function withdrawsWholly(kind: KindCase): void {
  test("a machine whose API server stays away keeps the VIP on no interface, and takes its part again", async () => {
    const { now } = await until("the cluster to be whole", 120, well(kind));
    const machine = apiServerOf(kind, now);
    await fail("apiserver-away", machine);
    await until(
      "others to announce without it",
      30,
      ({ endpoint }) =>
        endpoint?.answers === true && endpoint.announcers.length > 0 && !endpoint.announcers.includes(machine),
    );
    expect(
      await onMachine(machine, ["ip", "-4", "-o", "addr", "show", "to", `${now.endpoint?.address ?? ""}/32`]),
    ).toBe("");
    await heal("apiserver-away", machine);
    await until("the cluster to be whole again", 120, well(kind));
  });
}
