import { describe, expect, test } from "vitest";
import { lab } from "./lab";

describe("what runs in the cluster", () => {
  test("begins beside the last changes of members; what an edit may change comes after all of them", async () => {
    const { find } = await lab();
    const last = "lab-cp-2-member";
    const joins = [0, 1, 2].map(i => `lab-cp-${i}-join`);
    expect(find("lab-kubernetes").dependsOn).toEqual(expect.arrayContaining(joins));
    for (const name of ["kubernetes", "flannel-namespace", "flannel-account", "flannel-role", "flannel-binding"])
      expect(find(`lab-${name}`).dependsOn, name).not.toContain(last);
    for (const name of ["flannel-config", "flannel-daemonset"]) expect(find(`lab-${name}`).dependsOn).toContain(last);
  });

  test("reaches the API at the endpoint where it may start before kube-proxy", async () => {
    const { find } = await lab();
    expect(JSON.stringify(find("lab-flannel-daemonset").inputs)).toMatch(
      /"KUBERNETES_SERVICE_HOST","value":"[\d.]+"},\{"name":"KUBERNETES_SERVICE_PORT","value":"6443"/,
    );
  });
});
