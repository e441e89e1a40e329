import { describe, expect, test } from "vitest";
import { given, parse, refuses } from "./samples";

const etcd = (settings: object) => given({ etcd: settings });
const FOLDER = 'the absolute path of a folder, such as "/data/etcd"';

describe("etcd", () =>
  refuses([
    [
      "in a folder that is a disk's own place",
      etcd({ dataDirectory: "/data" }),
      [`etcd.dataDirectory: found "/data", expected ${FOLDER}, below the place at which its disk is mounted`],
    ],
    [
      "in a folder that leads elsewhere",
      etcd({ dataDirectory: "/data/../etcd" }),
      [`etcd.dataDirectory: found "/data/../etcd", expected ${FOLDER}, below the place at which its disk is mounted`],
    ],
    [
      "where a boot empties the folder",
      etcd({ dataDirectory: "/run/etcd" }),
      [`etcd.dataDirectory: found "/run/etcd", where other programs write, expected ${FOLDER}`],
    ],
    [
      "with a quota in another unit",
      etcd({ quotaBytes: 8 }),
      ["etcd.quotaBytes: found 8, expected whole bytes, 33554432 to 8589934592"],
    ],
    [
      "with a quota as text",
      etcd({ quotaBytes: "8Gi" }),
      ['etcd.quotaBytes: found "8Gi", expected whole bytes, 33554432 to 8589934592'],
    ],
    [
      "with a retention of the other mode",
      etcd({ autoCompaction: { mode: "revision", retention: "8h" } }),
      [
        'etcd.autoCompaction.retention: found "8h", expected a number of revisions of 100 or more in quotes, such as "10000", with mode revision',
      ],
    ],
    [
      "with a retention of seconds",
      etcd({ autoCompaction: { mode: "periodic", retention: "30s" } }),
      [
        'etcd.autoCompaction.retention: found "30s", expected whole minutes or hours, such as "30m" or "8h", with mode periodic',
      ],
    ],
    [
      "with a mode that there is not, and a timer that is no flag, both told",
      etcd({ autoCompaction: { mode: "daily", retention: "8h" }, defragment: { timer: "daily" } }),
      [
        'etcd.autoCompaction.mode: found "daily", expected periodic or revision',
        'etcd.defragment.timer: found "daily", expected true or false',
      ],
    ],
    [
      "with arguments that are settings of their own",
      etcd({ extraArgs: { "quota-backend-bytes": "1", "data-dir": "/data/etcd" } }),
      [
        'etcd.extraArgs.quota-backend-bytes: found "quota-backend-bytes", which is not yours to set; set etcd.quotaBytes',
        'etcd.extraArgs.data-dir: found "data-dir", which is not yours to set; set etcd.dataDirectory',
      ],
    ],
    ["with a field that is misspelt", etcd({ quota: 8 }), ["etcd.quota: no such setting; did you mean quotaBytes?"]],
  ]));

test("etcd's settings are taken as they are given", () => {
  const settings = {
    dataDirectory: "/data/etcd",
    quotaBytes: 4_294_967_296,
    autoCompaction: { mode: "revision", retention: "10000" },
    defragment: { timer: true, freePercent: 30, leastBytes: 1_048_576 },
    extraArgs: { "snapshot-count": "5000" },
  };
  expect(parse(etcd(settings)).etcd).toEqual(settings);
});

describe("packages", () =>
  refuses([
    [
      "at a version that is a number",
      given({ packages: { haproxy: 2.6 } }),
      [
        'packages.haproxy: found 2.6, expected a version in quotes, such as "1.7.24~ds1-6" or "2.6.12", as \'apt-cache madison\' lists it',
      ],
    ],
    [
      "at a version that apt would read as an option",
      given({ packages: { containerd: "1.7 --force" } }),
      [
        'packages.containerd: found "1.7 --force", expected a version in quotes, such as "1.7.24~ds1-6" or "2.6.12", as \'apt-cache madison\' lists it',
      ],
    ],
    [
      "that are not the cluster's",
      given({ packages: { "containerd.io": "1.7" } }),
      ['packages["containerd.io"]: no such setting; did you mean containerd?'],
    ],
  ]));
